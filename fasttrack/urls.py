"""The map of addresses; each app lists its own."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from fasttrack import health
from fasttrack.accounts import views as accounts

# Read by django-allauth where one of its limits is reached.
handler429 = "fasttrack.throttling.too_many_requests"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("engagements.urls")),
    path("playbook/", include("playbook.urls")),
    path("tasks/", include("playbook.task_urls")),
    # Where people's links and bookmarks of earlier versions lead.
    path("accounts/", RedirectView.as_view(pattern_name="account"), name="accounts"),
    path(
        "accounts/password_change/",
        RedirectView.as_view(pattern_name="account_change_password"),
        name="password_change_before",
    ),
    path(
        "accounts/password_change/done/", RedirectView.as_view(pattern_name="account"), name="password_changed_before"
    ),
    # Before allauth's own, which they stand for.
    path("accounts/email/", accounts.not_offered, name="account_email"),
    path("accounts/confirm-email/", accounts.not_offered, name="account_email_verification_sent"),
    path("accounts/confirm-email/<str:key>/", accounts.not_offered, name="account_confirm_email"),
    path("accounts/password/set/", accounts.not_offered, name="account_set_password"),
    path("accounts/sessions/", accounts.SessionsView.as_view(), name="usersessions_list"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
