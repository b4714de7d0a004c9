"""The admin as a whole: its titles, and its menu with what people come for first."""

from django.contrib.admin import AdminSite

MENU = ("playbook", "tasks", "engagements", "auth", "axes")


class DeskAdminSite(AdminSite):
    site_header = "FastTrack Desk administration"
    site_title = "FastTrack Desk"
    index_title = "Playbook, catalogue, people, customers"

    def get_app_list(self, request, app_label=None):
        """The apps in the order of ``MENU``; one that it does not name comes last."""
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: MENU.index(app["app_label"]) if app["app_label"] in MENU else len(MENU))
