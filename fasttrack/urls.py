"""The map of addresses; each app lists its own."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("engagements.urls")),
    path("playbook/", include("playbook.urls")),
    path("tasks/", include("tasks.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
]
