"""Admin of people, customers and tenants; a view, and no more, of what engagements recorded."""

from django.contrib import admin

from engagements.admin import customers, people, records

admin.site.site_header = "FastTrack Desk administration"
admin.site.site_title = "FastTrack Desk"
admin.site.index_title = "Playbook, catalogue, people, customers"

__all__ = ["customers", "people", "records"]
