"""What people may set about themselves."""

from typing import ClassVar
from zoneinfo import available_timezones

from django import forms

from engagements.models import ReminderChoice, User
from engagements.reminding.kinds import KINDS, About


def time_zones(kept: str = "") -> list[tuple[str, list[tuple[str, str]]]]:
    """Zones by continent, as people look for them; of the short and historical names only the one that is kept."""
    groups: dict[str, list[tuple[str, str]]] = {"World": [("UTC", "UTC")]}
    for name in sorted(available_timezones()):
        region, _, place = name.partition("/")
        if place and region not in ("Etc", "SystemV", "posix", "right", "US", "Brazil", "Canada", "Chile", "Mexico"):
            groups.setdefault(region, []).append((name, place.replace("_", " ").replace("/", ", ")))
    if kept and not any(kept == name for zones in groups.values() for name, _ in zones):
        groups["As it is"] = [(kept, kept)]
    return list(groups.items())


class HoursForm(forms.ModelForm):
    """A person's zone, morning and quiet hours: “today”, “overdue” and mails follow them."""

    time_zone = forms.ChoiceField(label="Time zone", help_text="What is due today, and what is late, follows it.")

    class Meta:
        model = User
        fields: ClassVar = ["time_zone", "morning_at", "quiet_from", "quiet_until"]
        widgets: ClassVar = {
            name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            for name in ("morning_at", "quiet_from", "quiet_until")
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = time_zones(self.instance.time_zone)


class RemindersForm(forms.Form):
    """How the reminders of each kind reach a person."""

    def __init__(self, *args, chosen: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        for kind, about in KINDS.items():
            self.fields[kind.value] = forms.ChoiceField(
                label=about.label,
                choices=ReminderChoice.How.choices,
                initial=chosen.get(kind.value) or how_by_itself(about),
                required=False,
            )


def how_by_itself(about: About) -> str:
    return (ReminderChoice.How.AT_ONCE if about.at_once else ReminderChoice.How.DIGEST).value
