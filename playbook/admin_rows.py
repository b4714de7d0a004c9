"""What a new row of a draft needs and nobody should have to think of: slug, key, place at the end."""

from django import forms
from django.db.models import Max
from django.utils.text import slugify

from playbook.drafting import line_key
from playbook.models import Process, Requirement, Step, TaskListing


class NewRowForm(forms.ModelForm):
    """Leaves slug and position to the form. ``siblings`` are the rows among which the row stands."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("slug", "position"):
            if name in self.fields:
                self.fields[name].required = False
                self.fields[name].help_text = "Left empty, it is chosen for you."

    def clean(self):
        data = super().clean()
        if "slug" in self.fields and not data.get("slug"):
            data["slug"] = self.instance.slug or slugify(data.get("title", ""), allow_unicode=True)
            if not data["slug"]:
                self.add_error("slug", "The title gives no address. Write one.")
        if "position" in self.fields and data.get("position") is None and not self.errors:
            data["position"] = self.instance.position or self._last_position(data) + self._turn()
        return data

    def _last_position(self, data) -> int:
        return self.siblings(data).aggregate(last=Max("position"))["last"] or 0

    def _turn(self) -> int:
        """1 for the only new row, more for those that are added with it on one page."""
        turn = (self.prefix or "").rpartition("-")[2]
        return int(turn) + 1 if turn.isdecimal() else 1


class ProcessForm(NewRowForm):
    def siblings(self, data):
        return Process.objects.filter(edition=data.get("edition") or self.instance.edition)

    def clean(self):
        data = super().clean()
        if self.instance.pk or self.errors:
            return data
        if data.get("phase") and data["phase"].edition != data["edition"]:
            self.add_error("phase", "Choose a phase of the same edition.")
        self.instance.key = data["slug"]
        if self.siblings(data).filter(key=data["slug"]).exists():
            self.add_error("slug", "A process of this edition already has this key.")
        return data


class StepForm(NewRowForm):
    def siblings(self, data):
        return Step.objects.filter(process=data.get("process") or self.instance.process)

    def clean(self):
        data = super().clean()
        if self.instance.pk or self.errors:
            return data
        self.instance.key = f"{data['process'].key}/{data['slug']}"
        if self.siblings(data).filter(key=self.instance.key).exists():
            self.add_error("slug", "A step of this process already has this key.")
        return data


class RequirementForm(NewRowForm):
    def siblings(self, data):
        if self.instance.step_id:
            return Requirement.objects.filter(step=self.instance.step_id)
        return Requirement.objects.filter(process=self.instance.process_id, step__isnull=True)

    def clean(self):
        data = super().clean()
        parent, section = data.get("parent"), data.get("section") or self.instance.section
        if parent and self.instance.pk in _ancestors(parent):
            self.add_error("parent", "A line cannot stand below itself.")
        if parent and parent.section != section:
            self.add_error("parent", "A line and what stands below it belong to the same section.")
        return data


def _ancestors(line: Requirement) -> list[int]:
    """The line and everything above it."""
    found = []
    while line and line.pk not in found:
        found.append(line.pk)
        line = line.parent
    return found


class ListingForm(NewRowForm):
    def siblings(self, data):
        return TaskListing.objects.filter(process=self._process())

    def clean(self):
        data = super().clean()
        speaks = data.get("resolved", self.instance.pk and self.instance.resolved)
        if speaks and data.get("task"):
            others = TaskListing.objects.filter(edition=self._process().edition_id, task=data["task"], resolved=True)
            if other := others.exclude(pk=self.instance.pk).select_related("process").first():
                field = "resolved" if "resolved" in self.fields else "task"
                self.add_error(field, f"In this edition the row on “{other.process}” already speaks for the number.")
        return data

    def _process(self) -> Process:
        return self.instance.process if self.instance.process_id else self.instance.step.process


def complete_lines(formset, process: Process) -> None:
    """New checklist lines get their process and the key that an import would give them, so that both meet."""
    taken = {form.instance.key for form in formset.initial_forms}
    for line in (form.instance for form in formset.extra_forms if form.has_changed()):
        wish = line_key(line.section, line.text)
        line.process = process
        line.key = next(key for key in (wish, *(f"{wish}-{n}" for n in range(2, 1000))) if key not in taken)
        taken.add(line.key)


def complete_listings(formset, process: Process) -> None:
    """New rows of a task table; the first row of a number in an edition speaks for it."""
    edition = process.edition
    speaking = set(TaskListing.objects.filter(edition=edition, resolved=True).values_list("task_id", flat=True))
    for row in (form.instance for form in formset.extra_forms if form.has_changed()):
        row.process, row.edition = process, edition
        row.resolved = row.task_id not in speaking
        speaking.add(row.task_id)
