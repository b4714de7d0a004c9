"""The map of addresses; each app lists its own."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from fasttrack import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("engagements.urls")),
    path("playbook/", include("playbook.urls")),
    path("tasks/", include("playbook.task_urls")),
    path("accounts/login/", auth.LoginView.as_view(), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("accounts/password_change/", auth.PasswordChangeView.as_view(), name="password_change"),
    path("accounts/password_change/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("admin/", admin.site.urls),
]
