"""Two people at one page of the admin: who saves second is shown what the first changed, and overwrites nothing.

A form carries, signed, a digest of each value that it showed. When it comes back, the row is locked, and a value that
is no longer the one that was shown refuses the save. The form then shows the other's values, except in fields that
both changed: there it says what the other's value is. Rows below a page and lists that can be edited do the same.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cache
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.forms.models import BaseModelFormSet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import capfirst, get_text_list

FIELD = "_shown"
TOO_OLD = "This page cannot be compared with what is saved now. Open it again, and make your changes there."
LONGEST = 200


def digest(value: Any) -> str:
    """A short print of a value, equal for what a form shows and what it sends back."""
    return hashlib.blake2b(json.dumps(_plain(value), default=str).encode(), digest_size=6).hexdigest()


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, (list, tuple, set, models.QuerySet)):
        rows = list(value)
        return (
            sorted(map(_plain, rows)) if rows and isinstance(rows[0], models.Model) else [_plain(row) for row in rows]
        )
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat()
    return value if isinstance(value, (bool, dict)) else str(value)


class ConflictAwareForm(forms.BaseModelForm):
    """Mix in before a model form. ``shown`` are the digests of what it showed, read from its hidden field."""

    shown: Mapping[str, str] | None = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._theirs: dict[str, Any] = {}
        self._is_refused = False

    @property
    def compared(self) -> list[str]:
        """The fields whose values are kept in the row."""
        kept = {field.name for field in (*self._meta.model._meta.fields, *self._meta.model._meta.many_to_many)}
        kept -= {self._meta.model._meta.pk.name}
        shut = (forms.models.InlineForeignKeyField,)
        return [n for n, f in self.fields.items() if n in kept and not f.disabled and not isinstance(f, shut)]

    def digests(self) -> dict[str, str]:
        """Of the values in the database, by field."""
        return {name: digest(self.get_initial_for_field(self.fields[name], name)) for name in self.compared}

    @property
    def shown_field(self) -> str:
        """The hidden field, for a form that stands on its own; nothing where a row is added."""
        if self.instance._state.adding or not self.compared:
            return ""
        given = self.data.get(self.add_prefix(FIELD)) if self.is_bound and not self._is_refused else None
        token = given or signing.dumps(self.digests(), salt=_salt(self.instance))
        return format_html('<input type="hidden" name="{}" value="{}">', self.add_prefix(FIELD), token)

    def changed_by_others(self) -> list[str]:
        """The fields whose values are not those that were shown."""
        shown = self._shown()
        now = self.digests() if shown else {}
        return [name for name in now if name in shown and now[name] != shown[name]]

    def full_clean(self):
        super().full_clean()
        if not self.is_bound or self.instance._state.adding:
            return
        try:
            theirs, shown = self.changed_by_others(), self._shown()
        except signing.BadSignature:
            self.add_error(None, TOO_OLD)
            return
        now = self.digests()
        sent = {name: digest(self.cleaned_data[name]) for name in theirs if name in self.cleaned_data}
        theirs = [name for name in theirs if sent.get(name) != now[name]]
        if theirs:
            self._refuse(theirs, mine={name for name in theirs if sent.get(name) != shown[name]})

    def _shown(self) -> Mapping[str, str]:
        if self.shown is not None:
            return self.shown
        token = self.data.get(self.add_prefix(FIELD))
        return signing.loads(token, salt=_salt(self.instance)) if token else {}

    def _refuse(self, theirs: list[str], mine: set[str]) -> None:
        self._is_refused = True
        values = {name: self.get_initial_for_field(self.fields[name], name) for name in theirs}
        self._theirs = {name: value for name, value in values.items() if name not in mine}
        said = "; ".join(f"{self._label(name)} is now {self._words(name, values[name])}" for name in theirs)
        self.add_error(
            None,
            f"{changed_since(self.instance, [self._label(name) for name in theirs])} {said}. "
            "Nothing is saved yet. Check the form and save again.",
        )
        for name in theirs:
            if name in mine:
                self.add_error(name, "Someone else changed this too. Save again to use your value instead of theirs.")

    def _widget_data_value(self, widget, html_name):
        """The other's value in each field that only the other changed."""
        for name, value in self._theirs.items():
            if self.add_prefix(name) == html_name:
                return value
        return super()._widget_data_value(widget, html_name)

    def _label(self, name: str) -> str:
        return capfirst(str(self[name].label or name))

    def _words(self, name: str, value: Any) -> str:
        """A value as people read it."""
        field = self.fields[name]
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(field, forms.ModelMultipleChoiceField):
            text = ", ".join(str(row) for row in value or ())
        elif isinstance(field, forms.ModelChoiceField):
            text = str(field.queryset.model._default_manager.filter(pk=value).first() or "")
        elif isinstance(value, (list, tuple)):
            text = ", ".join(map(str, value))
        else:
            text = str(dict(getattr(field, "choices", ())).get(value, "" if value is None else value))
        text = " ".join(text.split())
        return f"“{text if len(text) <= LONGEST else text[:LONGEST] + ' …'}”" if text else "empty"


class ConflictAwareFormSet(BaseModelFormSet):
    """Mix in before a set of ``ConflictAwareForm``; its management form carries what each row showed."""

    @cached_property
    def management_form(self):
        form = super().management_form
        form.fields[FIELD] = forms.CharField(required=False, widget=forms.HiddenInput, initial=self._token)
        return form

    def _token(self) -> str:
        rows = {str(form.instance.pk): form.digests() for form in self.initial_forms}
        return signing.dumps(rows, salt=self.model._meta.label, compress=True)

    @cached_property
    def shown_rows(self) -> dict[str, dict[str, str]]:
        """Digests by the key of each row; empty where nothing was shown or it cannot be read."""
        try:
            token = self.data.get(f"{self.prefix}-{FIELD}") if self.is_bound else None
            return signing.loads(token, salt=self.model._meta.label) if token else {}
        except signing.BadSignature:
            return {}

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        form.shown = self.shown_rows.get(str(form.instance.pk), {})
        return form

    def clean(self):
        """A row that somebody deleted, or changed before it is deleted here, is said as well."""
        super().clean()
        gone = self.shown_rows.keys() - {str(pk) for pk in self._rows_now()}
        refused = any(form._is_refused for form in self.initial_forms if hasattr(form, "_is_refused"))
        lost = [form for form in self.initial_forms if self._should_delete_form(form) and form.changed_by_others()]
        if gone or refused or lost:
            self._show_again()
        if gone:
            count = "A row" if len(gone) == 1 else f"{len(gone)} rows"
            raise ValidationError(f"{count} that this page showed was deleted by someone else. Open the page again.")
        if lost:
            said = changed_since(lost[0].instance, [str(lost[0].instance)])
            raise ValidationError(f"{said} You marked it to be deleted. Nothing is saved yet; save again to delete it.")

    def _rows_now(self) -> Iterable[Any]:
        return self.model._base_manager.filter(pk__in=list(self.shown_rows)).values_list("pk", flat=True)

    def _show_again(self) -> None:
        """From now on the page has shown what there is now."""
        data = self.management_form.data.copy()
        data[f"{self.prefix}-{FIELD}"] = self._token()
        self.management_form.data = data


@cache
def aware(base: type) -> type:
    """The class of a form or of a set of forms, aware of conflicts."""
    mixin = ConflictAwareFormSet if issubclass(base, BaseModelFormSet) else ConflictAwareForm
    return base if issubclass(base, mixin) else type(base)(base.__name__, (mixin, base), {})


class ConflictAwareAdmin(admin.ModelAdmin):
    """A page of the admin whose second of two saves is refused with what the first changed."""

    def __init__(self, model, admin_site):
        super().__init__(model, admin_site)
        self.form = aware(self.form)

    def get_inline_instances(self, request, obj=None):
        inlines = super().get_inline_instances(request, obj)
        for inline in inlines:
            inline.form, inline.formset = aware(inline.form), aware(inline.formset)
        return inlines

    def get_changelist_form(self, request, **kwargs):
        return super().get_changelist_form(request, **{"form": aware(forms.ModelForm)} | kwargs)

    def get_changelist_formset(self, request, **kwargs):
        return super().get_changelist_formset(request, **{"formset": aware(BaseModelFormSet)} | kwargs)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with self.saving():
            self.lock(unquote(object_id))
            return super().changeform_view(request, object_id, form_url, extra_context)

    def changelist_view(self, request, extra_context=None):
        if request.method != "POST" or not self.list_editable or "_save" not in request.POST:
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            list(self.model._base_manager.select_for_update().order_by("pk").values_list("pk"))
            return super().changelist_view(request, extra_context)

    def saving(self) -> AbstractContextManager:
        """The transaction of a save; whose services have a way of their own to enter one says so."""
        return transaction.atomic()

    def lock(self, object_id: str) -> None:
        """Holds what is edited until the transaction ends; whose services hold more than the row says so."""
        try:
            key = self.opts.pk.to_python(object_id)
        except ValidationError:
            return
        self.model._base_manager.select_for_update(no_key=True).filter(pk=key).first()


def changed_since(row: models.Model, what: list[str]) -> str:
    """Who changed it, and when, as far as the history of the row or the log of the admin knows."""
    who, at = last_change(row)
    when = ""
    if at:
        local = timezone.localtime(at)
        when = f" on {date_format(local, 'j F')} at {date_format(local, 'H:i')}"
    return f"{who or 'Someone else'} changed {get_text_list(what, 'and')}{when}, after you opened this page."


def last_change(row: models.Model) -> tuple[str, datetime | None]:
    """(the person, the moment) of the latest change that is known; ("", None) where none is."""
    found = []
    if hasattr(type(row), "history"):
        entry = type(row).history.filter(**{row._meta.pk.attname: row.pk}).select_related("history_user").first()
        found += [(entry.history_date, str(entry.history_user or ""))] if entry else []
    kind = ContentType.objects.get_for_model(type(row))
    entry = LogEntry.objects.filter(content_type=kind, object_id=str(row.pk)).select_related("user").first()
    found += [(entry.action_time, str(entry.user))] if entry else []
    at, who = max(found, key=lambda pair: pair[0], default=(None, ""))
    return who, at


def _salt(row: models.Model) -> str:
    return f"{row._meta.label}:{row.pk}"
