"""Choosing what a new engagement runs."""

from datetime import date
from typing import Any

from django import forms

from engagements.forms.scope import RunsForm
from engagements.models import Tenant


class NewEngagementForm(RunsForm):
    """Motions, model, services of the tenant and the first day. The edition is the published one."""

    started_on = forms.DateField(
        label="First day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Give a date, such as 2026-05-27."},
    )

    def __init__(self, data: Any = None, *, tenant: Tenant, today: date):
        super().__init__(data, tenant=tenant, initial={"started_on": today})
