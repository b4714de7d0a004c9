"""What the library of notes filters by. An unknown value filters nothing; visibility is never a filter's business."""

from datetime import date, datetime, time, timedelta

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from engagements.levels import READ_ALL
from engagements.models import Engagement, NextAction, Note, NoteWords, Tenant, User
from engagements.searching.matching import holding
from engagements.searching.query import Asked
from tasks.models import Service
from tasks.together import together

MINE = "mine"
WRITTEN = [("0-30", "Last 30 days"), ("30-60", "30–60 days ago"), ("60-90", "60–90 days ago")]
NEXT = [("week", "This week"), ("month", "This month"), ("quarter", "This quarter")]


def _select(label: str) -> forms.Select:
    return forms.Select(attrs={"class": "f", "aria-label": label})


def _day(label: str) -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "f", "aria-label": label}, format="%Y-%m-%d")


_services = together(lambda: Service.objects.all())


class IdFilter(filters.Filter):
    """The id of a row; what is no id filters nothing."""

    field_class = forms.IntegerField

    def __init__(self, **values):
        super().__init__(min_value=1, max_value=2**63 - 1, **values)


class NoteFilter(filters.FilterSet):
    category = filters.ChoiceFilter(
        choices=Note.Category.choices, empty_label="Any category", widget=_select("Category")
    )
    service = filters.ChoiceFilter(method="of_service", empty_label="Any service", widget=_select("Service"))
    scope = filters.ChoiceFilter(
        choices=[(MINE, "My engagements")], empty_label="All I may see", method="of_scope", widget=_select("Whose")
    )
    author = filters.CharFilter(method="of_author", max_length=18, widget=_select("Author"))
    at = filters.CharFilter(
        method="of_name",
        max_length=200,
        widget=forms.TextInput(
            attrs={"class": "f", "aria-label": "Customer or tenant", "placeholder": "Customer or tenant"}
        ),
    )
    customer = IdFilter(method="of_customer")
    tenant = IdFilter(field_name="tenant_id")
    engagement = IdFilter(field_name="engagement_id")
    written = filters.ChoiceFilter(
        choices=WRITTEN, empty_label="Written any time", method="of_age", widget=_select("Written")
    )
    since = filters.DateFilter(method="written_since", widget=_day("Written from"))
    until = filters.DateFilter(method="written_until", widget=_day("Written until"))
    next = filters.ChoiceFilter(
        choices=NEXT, empty_label="Any next update", method="next_update", widget=_select("Next update")
    )
    escalated = filters.BooleanFilter(method="only_escalated", widget=forms.CheckboxInput)
    standing = filters.BooleanFilter(method="only_standing", widget=forms.CheckboxInput)

    def __init__(self, data, *, user: User, today: date, asked: Asked):
        rows = NoteWords.objects.visible_to(user)
        super().__init__(data, queryset=rows if asked.is_empty else holding(rows, asked))
        self.user, self.today, self.asked = user, today, asked
        [services] = _services()
        self.filters["service"].extra["choices"] = [(str(service.pk), service.label) for service in services]
        author = (data or {}).get("author", "")
        others = [(author, "One author")] if author not in ("", MINE) else []
        self.filters["author"].extra["widget"].choices = [("", "Any author"), (MINE, "Mine"), *others]

    def of_service(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Among the few that hold some words each is asked for its services; PostgreSQL would read all of a service."""
        named = Note.services.through.objects.filter(note=OuterRef("pk"), service=value)
        if not self.asked.wanted:
            return rows.filter(Exists(named))
        return rows.alias(named=Subquery(named.values("pk")[:1])).filter(named__isnull=False)

    def of_scope(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Who sees only their own has found them by now."""
        if not self.user.has_perm(READ_ALL):
            return rows
        return rows.filter(tenant__in=Tenant.objects.assigned_to(self.user).order_by().values("pk"))

    def of_author(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == MINE:
            return rows.filter(author=self.user)
        return rows.filter(author=int(value)) if value.isascii() and value.isdecimal() else rows

    def of_name(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(engagement__in=Engagement.objects.matching(value).order_by().values("pk"))

    def of_customer(self, rows: QuerySet, name: str, value: int) -> QuerySet:
        return rows.filter(tenant__in=Tenant.objects.filter(customer=value).order_by().values("pk"))

    def of_age(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        newest, oldest = (self.today - timedelta(days=int(days)) for days in value.split("-"))
        if newest < self.today:
            rows = rows.filter(created_at__lt=_midnight(newest))
        return rows.filter(created_at__gte=_midnight(oldest))

    def written_since(self, rows: QuerySet, name: str, value: date) -> QuerySet:
        return rows.filter(created_at__gte=_midnight(value))

    def written_until(self, rows: QuerySet, name: str, value: date) -> QuerySet:
        return rows.filter(created_at__lt=_midnight(value + timedelta(days=1))) if value < date.max else rows

    def next_update(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        promised = NextAction.objects.filter(done_at=None, due_on__range=period(value, self.today))
        return rows.filter(Exists(promised.filter(note=OuterRef("pk"))))

    def only_escalated(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        return rows.filter(escalated=True) if value else rows

    def only_standing(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Without those that a later note corrects."""
        corrected = Note.objects.filter(corrects__isnull=False).order_by().values("corrects")
        return rows.exclude(pk__in=corrected) if value else rows


def period(name: str, today: date) -> tuple[date, date]:
    """First and last day of the week (from Monday), month or quarter that a day is in."""
    if name == "week":
        first = today - timedelta(days=today.weekday())
        return first, first + timedelta(days=6)
    months = 1 if name == "month" else 3
    month = (today.month - 1) // months * months
    first = today.replace(month=month + 1, day=1)
    year, after = divmod(first.year * 12 + month + months, 12)
    return first, date(year, after + 1, 1) - timedelta(days=1)


def _midnight(day: date) -> datetime:
    """When a day begins on the reader's clock."""
    return timezone.make_aware(datetime.combine(day, time.min))
