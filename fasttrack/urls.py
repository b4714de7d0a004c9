"""The map of addresses; each app lists its own."""

from django.contrib import admin
from django.urls import include, path

from fasttrack import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("engagements.urls")),
    path("playbook/", include("playbook.urls")),
    path("tasks/", include("playbook.task_urls")),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
]
