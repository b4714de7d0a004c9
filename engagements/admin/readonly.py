"""Rows that are looked at: pages that change nothing, whoever opens them."""


class ViewOnly:
    """No add, change or delete. What a service wrote is corrected by a service, never by hand."""

    def has_add_permission(self, request, *args):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
