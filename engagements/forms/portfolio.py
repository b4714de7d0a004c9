"""Choosing what a new engagement runs."""

from datetime import date
from typing import Any

from django import forms

from engagements.models import Engagement, Tenant
from tasks.models import EngagementModel, Motion, Service

COVERS_ALL = "customer-health"  # R33: Customer Health applies to all services of a tenant


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


class NewEngagementForm(forms.Form):
    """Motions, model, services of the tenant and the first day. The edition is the published one."""

    motions = _Rows(
        queryset=Motion.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one motion."},
    )
    model = forms.ModelChoiceField(label="Engagement model", queryset=EngagementModel.objects.all(), empty_label=None)
    services = _Services(
        label="Services in scope", queryset=Service.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    started_on = forms.DateField(
        label="First day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Give a date, such as 2026-05-27."},
    )

    def __init__(self, data: Any = None, *, tenant: Tenant, today: date):
        super().__init__(data, initial={"started_on": today})
        self.tenant = tenant
        self.offered = Service.objects.filter(pk__in=tenant.services.values("service"))
        motions = Motion.objects.prefetch_related("excludes")
        self.fields["motions"].queryset = motions
        self.fields["motions"].help_text = " ".join(_exclusions(motions, tenant))
        self.fields["services"].queryset = self.offered
        self.fields["services"].help_text = "Customer Health covers all services of the tenant, ticked or not."

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if any(motion.slug == COVERS_ALL for motion in values.get("motions") or ()):
            values["services"] = list(self.offered)
        return values


def _exclusions(motions: list[Motion], tenant: Tenant) -> list[str]:
    """Which motions exclude each other, and which of them run at the tenant already, as sentences (R33)."""
    pairs = {frozenset((motion.name, other.name)) for motion in motions for other in motion.excludes.all()}
    said = [f"{' and '.join(sorted(pair))} cannot run at the same tenant." for pair in sorted(pairs, key=sorted)]
    going = [Engagement.Status.OPEN, Engagement.Status.PARKED]
    through = Engagement.motions.through.objects.filter(engagement__tenant=tenant, engagement__status__in=going)
    running = dict.fromkeys(through.values_list("motion__name", flat=True))
    return said + [f"{name} runs here already." for name in running]
