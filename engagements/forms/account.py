"""What people may set about themselves."""

from typing import ClassVar
from zoneinfo import available_timezones

from django import forms

from engagements.models import User


def time_zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Zones by continent, as people look for them; the short and historical names are left out."""
    groups: dict[str, list[tuple[str, str]]] = {"World": [("UTC", "UTC")]}
    for name in sorted(available_timezones()):
        region, _, place = name.partition("/")
        if place and region not in ("Etc", "SystemV", "posix", "right", "US", "Brazil", "Canada", "Chile", "Mexico"):
            groups.setdefault(region, []).append((name, place.replace("_", " ").replace("/", ", ")))
    return list(groups.items())


class TimeZoneForm(forms.ModelForm):
    """“Today” and “overdue” follow it."""

    time_zone = forms.ChoiceField(label="Time zone", help_text="What is due today, and what is late, follows it.")

    class Meta:
        model = User
        fields: ClassVar = ["time_zone"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        choices = time_zones()
        known = {name for _, zones in choices for name, _ in zones}
        if self.instance.time_zone not in known:
            choices.append(("Yours", [(self.instance.time_zone, self.instance.time_zone)]))
        self.fields["time_zone"].choices = choices
