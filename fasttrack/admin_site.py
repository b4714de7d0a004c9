"""The admin as a whole: its titles, and its menu with what people come for first."""

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite, ModelAdmin
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

# allauth's bookkeeping: addresses that nobody reads but itself, and the keys of people's sessions.
NOT_SHOWN = ("account", "usersessions")
MENU = ("playbook", "tasks", "engagements", "auth", "axes")


class DeskAdminSite(AdminSite):
    site_header = "FastTrack Desk administration"
    site_title = "FastTrack Desk"
    index_title = "Playbook, catalogue, people, customers"

    # The one page of signing in, with its limits and whatever it asks beside a password.
    login = method_decorator(secure_admin_login)(AdminSite.login)

    def password_change(self, request, extra_context=None):
        """The one form of changing a password, which counts wrong ones."""
        return redirect("account_change_password")

    def password_change_done(self, request, extra_context=None):
        return redirect("account")

    def register(self, model_or_iterable, admin_class=None, **options):
        """Pages of other packages too refuse the second of two saves, and have an answer for nonsense."""
        from tasks.desk_admin import DeskAdmin  # needs the apps, which are not there yet when the site is made

        models = model_or_iterable if isinstance(model_or_iterable, list | tuple) else [model_or_iterable]
        shown = [model for model in models if model._meta.app_label not in NOT_SHOWN]
        given = admin_class or ModelAdmin
        if not issubclass(given, DeskAdmin):
            given = type(given.__name__, (DeskAdmin, given), {"__module__": given.__module__})
        if any(model._meta.app_label == "axes" for model in shown):
            # Its action asks for what axes notes only while somebody signs in; old attempts go at the next one anyway.
            given.actions = ()
        super().register(shown, given, **options)

    def get_app_list(self, request, app_label=None):
        """The apps in the order of ``MENU``; one that it does not name comes last."""
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: MENU.index(app["app_label"]) if app["app_label"] in MENU else len(MENU))
