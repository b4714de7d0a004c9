"""List filters of the playbook admin: one edition at a time, then phase and process within it."""

from django.contrib import admin

from playbook.models import Edition, Phase, Process


def chosen_edition(request) -> int | None:
    """The edition asked for, else the newest draft, else the published one; looked up once per request."""
    if not hasattr(request, "_playbook_edition"):
        asked = request.GET.get(EditionFilter.parameter_name, "")
        ids = {str(edition.pk): edition.pk for edition in _editions(request)}
        request._playbook_edition = ids.get(asked) or _default(_editions(request))
    return request._playbook_edition


def _editions(request) -> list[Edition]:
    if not hasattr(request, "_playbook_editions"):
        request._playbook_editions = list(Edition.objects.all())
    return request._playbook_editions


def _default(editions: list[Edition]) -> int | None:
    for status in (Edition.Status.DRAFT, Edition.Status.PUBLISHED, Edition.Status.RETIRED):
        if found := next((edition.pk for edition in editions if edition.status == status), None):
            return found
    return None


class EditionFilter(admin.SimpleListFilter):
    title, parameter_name = "edition", "edition"

    def lookups(self, request, model_admin):
        self.chosen, self.path = chosen_edition(request), model_admin.edition_path
        return [(e.pk, f"{e.name} ({e.get_status_display().lower()})") for e in _editions(request)]

    def queryset(self, request, queryset):
        return queryset.filter(**{self.path: self.chosen})

    def choices(self, changelist):
        below = [PhaseFilter.parameter_name, ProcessFilter.parameter_name]
        for pk, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: pk}, below)
            yield {"selected": pk == self.chosen, "query_string": query, "display": label}


class PhaseFilter(admin.SimpleListFilter):
    title, parameter_name = "phase", "phase"

    def lookups(self, request, model_admin):
        self.path = model_admin.phase_path
        return list(Phase.objects.filter(edition=chosen_edition(request)).values_list("pk", "name"))

    def queryset(self, request, queryset):
        return queryset.filter(**{self.path: self.value()}) if _is_number(self.value()) else queryset


class ProcessFilter(admin.SimpleListFilter):
    title, parameter_name = "process", "process"

    def lookups(self, request, model_admin):
        rows = Process.objects.filter(edition=chosen_edition(request))
        if _is_number(phase := request.GET.get(PhaseFilter.parameter_name)):
            rows = rows.filter(phase=phase)
        return list(rows.values_list("pk", "title"))

    def queryset(self, request, queryset):
        return queryset.filter(process=self.value()) if _is_number(self.value()) else queryset


def _is_number(text: str | int | None) -> bool:
    """Whether a row could have this id."""
    return str(text).isdecimal() and len(str(text)) < 19
