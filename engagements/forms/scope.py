"""Choosing what an engagement runs: motions, model and services; for a new one, and for one that runs."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms

from engagements.models import Engagement, Tenant
from engagements.services.scope import GOING, as_seen, covered
from tasks.models import EngagementModel, Motion, Service


class _Rows(forms.ModelMultipleChoiceField):
    """Looks ids up only where a database can hold them."""

    def clean(self, value: Any) -> Any:
        beyond = [pk for pk in value or () if len(str(pk)) > 18]
        if beyond:
            raise forms.ValidationError(self.error_messages["invalid_pk_value"], params={"pk": beyond[0][:30]})
        return super().clean(value)


class _Services(_Rows):
    def label_from_instance(self, service: Service) -> str:
        return service.label


class RunsForm(forms.Form):
    """What is offered: every motion, every model, and the services that the tenant has."""

    motions = _Rows(
        queryset=Motion.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one motion."},
    )
    model = forms.ModelChoiceField(label="Engagement model", queryset=EngagementModel.objects.all(), empty_label=None)
    services = _Services(
        label="Services in scope", queryset=Service.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, tenant: Tenant, but: Engagement | None = None, **kw: Any):
        super().__init__(data, **kw)
        self.tenant = tenant
        self.offered = Service.objects.filter(pk__in=tenant.services.values("service"))
        motions = Motion.objects.prefetch_related("excludes")
        self.fields["motions"].queryset = motions
        self.fields["motions"].help_text = " ".join(_exclusions(motions, tenant, but))
        self.fields["services"].queryset = self.offered
        self.fields["services"].help_text = "Customer Health covers all services of the tenant, ticked or not."

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        values["services"] = covered(self.tenant, values.get("motions") or (), values.get("services") or ())
        return values

    def chosen(self) -> dict[str, Any] | None:
        """Motions, model and services, once there is something of each to think through."""
        if not self.is_bound:
            return None
        self.is_valid()  # what is valid so far is enough
        names = ("motions", "model", "services")
        values = {name: self.cleaned_data.get(name) for name in names}
        return values if all(values.values()) else None


class ScopeForm(RunsForm):
    """What a running engagement is moved to, and why."""

    why = forms.CharField(
        label="Why",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why; the reason is kept in the history."},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, engagement: Engagement):
        runs = as_seen(engagement)
        initial = runs | {"seen": json.dumps(runs)}
        super().__init__(data, tenant=engagement.tenant, but=engagement, initial=initial)
        mine = [service.pk for service in engagement.services.all()]
        self.offered = (self.offered | Service.objects.filter(pk__in=mine)).distinct()
        self.fields["services"].queryset = self.offered

    def clean_seen(self) -> Mapping[str, Any] | None:
        """What the form showed; nothing where that is not known."""
        try:
            found = json.loads(self.cleaned_data["seen"] or "null")
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


def _exclusions(motions: list[Motion], tenant: Tenant, but: Engagement | None) -> list[str]:
    """Which motions exclude each other, and which of them run at the tenant already, as sentences (R33)."""
    pairs = {frozenset((motion.name, other.name)) for motion in motions for other in motion.excludes.all()}
    said = [f"{' and '.join(sorted(pair))} cannot run at the same tenant." for pair in sorted(pairs, key=sorted)]
    going = Engagement.objects.filter(tenant=tenant, status__in=GOING).exclude(pk=but.pk if but else None)
    through = Engagement.motions.through.objects.filter(engagement__in=going).order_by("motion__position")
    running = dict.fromkeys(through.values_list("motion__name", flat=True))
    where = "in another engagement here" if but else "here already"
    return said + [f"{name} runs {where}." for name in running]
