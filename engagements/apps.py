from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class EngagementsConfig(AppConfig):
    name = "engagements"

    def ready(self) -> None:
        from engagements import guards, registrations  # noqa: F401

        pre_migrate.connect(guards.remove, sender=self, dispatch_uid="engagements.guards")
        post_migrate.connect(guards.install, sender=self, dispatch_uid="engagements.guards")
