"""Apps of others under names that people who administer the desk understand."""

from axes.apps import AppConfig as AxesConfig
from django.contrib.admin.apps import AdminConfig


class DeskAdminConfig(AdminConfig):
    default_site = "fasttrack.admin_site.DeskAdminSite"


class SignInProtectionConfig(AxesConfig):
    verbose_name = "Sign-in protection"
