"""What the portfolio filters by. An unknown value filters nothing; visibility is never a filter's business."""

from datetime import date, timedelta

import django_filters as filters
from django import forms
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from engagements.levels import READ_ALL
from engagements.models import Engagement, HealthRating, NextAction, User
from engagements.usage import SHARE
from playbook.models import Phase
from tasks.models import Motion, Service
from tasks.together import together

SCOPES = [("mine", "Mine"), ("all", "All I may see")]
STATUSES = [*Engagement.Status.choices, ("any", "Any status")]
SHOWS = [
    ("ready", "Ready to complete"),
    ("dibs", "DIBS missing"),
    ("blocked", "Blocked"),
    ("overdue", "Overdue"),
    ("review-late", "Review overdue"),
    ("review-week", "Review due this week"),
    ("unplanned", "Without a next action"),
    ("shaken", "No longer holding"),
    ("handshake", "Handshake due"),
    ("waivers", "Waivers to decide"),
    ("few-active", f"Below {SHARE} % active"),
]

UNRATED, UNKNOWN = "unrated", "unknown"
HEALTH = [*HealthRating.Colour.choices, (UNKNOWN, "Unknown, to confirm"), (UNRATED, "Not rated")]


def shows(today: date) -> dict[str, Q]:
    """What SHOWS ask of the summary, but for the week; overdue compares with the reader's today."""
    return {
        "ready": Q(summary__steps_ready__gt=0),
        "dibs": Q(summary__dibs_missing_count__gt=0),
        "blocked": Q(summary__tasks_blocked__gt=0),
        "overdue": Q(summary__next_action_on__lt=today)
        | Q(summary__dibs_due_on__lt=today)
        | Q(summary__referral_due_on__lt=today)
        | Q(summary__next_review_on__lt=today),
        "review-late": Q(summary__next_review_on__lt=today),
        "unplanned": Q(status=Engagement.Status.OPEN, summary__next_action_on=None),
        "shaken": Q(summary__steps_shaken__gt=0),
        "handshake": ~Q(summary__handshake_step_key=""),
        "waivers": Q(summary__waivers_open__gt=0),
        "few-active": Q(summary__active_percent__lt=SHARE),
    }


def _to_sunday(today: date) -> timedelta:
    return timedelta(days=6 - today.weekday())


def _select(label: str) -> forms.Select:
    return forms.Select(attrs={"class": "f", "aria-label": label})


# What the lists offer and what a value is checked against.
_choices = together(
    lambda: Phase.objects.values("name").annotate(at=Min("position")).order_by("at").values_list("name", flat=True),
    lambda: Motion.objects.values_list("slug", "name"),
    lambda: Service.objects.filter(kind=Service.Kind.WORKLOAD),
)


class EngagementFilter(filters.FilterSet):
    q = filters.CharFilter(method="find", max_length=200)
    scope = filters.ChoiceFilter(choices=SCOPES, empty_label=None, method="of_scope", widget=_select("Whose"))
    status = filters.ChoiceFilter(choices=STATUSES, empty_label=None, method="of_status", widget=_select("Status"))
    show = filters.ChoiceFilter(choices=SHOWS, empty_label="Any state", method="of_show", widget=_select("State"))
    health = filters.ChoiceFilter(
        method="of_health", choices=HEALTH, empty_label="Any health", widget=_select("Health")
    )
    phase = filters.ChoiceFilter(field_name="summary__phase", empty_label="Any phase", widget=_select("Phase"))
    motion = filters.ChoiceFilter(method="of_motion", empty_label="Any motion", widget=_select("Motion"))
    service = filters.ChoiceFilter(method="of_service", empty_label="Any service", widget=_select("Service"))
    on = filters.DateFilter(method="due_on")

    def __init__(self, data, *, user: User, today: date):
        super().__init__(data, queryset=Engagement.objects.visible_to(user).counted())
        self.user, self.today = user, today
        phases, motions, services = _choices()
        self.filters["phase"].extra["choices"] = [(name, name) for name in phases]
        self.filters["motion"].extra["choices"] = motions
        self.filters["service"].extra["choices"] = [(str(service.pk), service.label) for service in services]

    def find(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.matching(value)

    def of_scope(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Who sees only their own has found them by now."""
        return queryset.assigned_to(self.user) if value == "mine" and self.user.has_perm(READ_ALL) else queryset

    def of_status(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset if value == "any" else queryset.filter(status=value)

    def of_show(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == "review-week":
            return queryset.filter(summary__next_review_on__range=(self.today, self.today + _to_sunday(self.today)))
        return queryset.filter(shows(self.today)[value])

    def of_health(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """A colour that nobody confirmed in time is none any more, here as everywhere."""
        stale = Q(summary__health_until__lt=self.today)
        if value == UNKNOWN:
            return queryset.filter(stale)
        if value == UNRATED:
            return queryset.filter(summary__health="")
        return queryset.filter(Q(summary__health_until=None) | ~stale, summary__health=value)

    def of_motion(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        through = Engagement.motions.through.objects
        return queryset.filter(Exists(through.filter(engagement=OuterRef("pk"), motion__slug=value)))

    def of_service(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        through = Engagement.services.through.objects
        return queryset.filter(Exists(through.filter(engagement=OuterRef("pk"), service=value)))

    def due_on(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        """Something is promised for that day: a next action, a review, a DIBS due date, partners of a referral."""
        promised = NextAction.objects.filter(engagement=OuterRef("pk"), done_at=None, due_on=value)
        dated = Q(summary__dibs_due_on=value) | Q(summary__referral_due_on=value)
        dated |= Q(summary__next_review_on=value)
        return queryset.filter(Exists(promised) | dated)
