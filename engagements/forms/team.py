"""Assigning somebody to a tenant or customer, and changing how somebody is assigned."""

from collections.abc import Sequence
from typing import Any

from django import forms

from engagements import assigning
from engagements.forms.people import FindPersonForm
from engagements.forms.seen import SeenForm
from engagements.models import Assignment
from tasks.models import Role, Service

FOCUS = [("", "None"), *Assignment.Focus.choices]


class HowForm(SeenForm):
    """For which services, with which focus, and whether as the primary one."""

    seen_fields = ("services", "focus", "primary")

    services = forms.MultipleChoiceField(
        label="For which services", required=False, widget=forms.CheckboxSelectMultiple
    )
    focus = forms.ChoiceField(
        label="Focus of an SME", required=False, choices=FOCUS, help_text="For an SME who is there for no service."
    )
    primary = forms.BooleanField(
        label="Primary in this role",
        required=False,
        help_text="Whoever is primary now steps down and stays on the team.",
    )

    def __init__(self, *args, services: Sequence[Service], reach: str, **kw):
        super().__init__(*args, **kw)
        self.known = {str(service.pk): service for service in services}
        self.fields["services"].choices = [(pk, service.label) for pk, service in self.known.items()]
        self.fields["services"].help_text = reach
        if not services:
            self._without("services")

    def how(self) -> dict[str, Any]:
        """As the service takes it; a field that is not asked here stays as it is."""
        given = {name: self.cleaned_data[name] for name in self.seen_fields}
        if "services" in given:
            given["services"] = [self.known[pk] for pk in given["services"]]
        return given

    def _without(self, name: str) -> None:
        del self.fields[name]
        self.seen_fields = tuple(other for other in self.seen_fields if other != name)

    def _words(self, name: str, value: Any) -> str:
        if name == "services":
            return ", ".join(self.known[str(pk)].label for pk in value if str(pk) in self.known) or "all"
        return super()._words(name, value)


class AssignForm(FindPersonForm, HowForm):
    """A new member of the team."""

    role = forms.ChoiceField(label="Role")

    field_order = ["user", "q", "role", "services", "focus", "primary"]

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.roles = {str(role.pk): role for role in Role.objects.exclude(name=assigning.EVERYBODY)}
        groups: dict[str, list[tuple[str, str]]] = {}
        for pk, role in self.roles.items():
            groups.setdefault(role.get_function_display(), []).append((pk, role.name))
        self.fields["role"].choices = [("", "Choose a role"), *groups.items()]

    def clean_role(self) -> Role:
        return self.roles[self.cleaned_data["role"]]


class ChangeForm(HowForm):
    """How somebody who is on the team works there."""

    def __init__(self, *args, row: Assignment, **kw):
        services = sorted(service.pk for service in row.services.all())
        kw.setdefault("initial", {"services": services, "focus": row.focus, "primary": row.primary})
        super().__init__(*args, **kw)
        if row.role.name != assigning.EXPERT:
            self._without("focus")
