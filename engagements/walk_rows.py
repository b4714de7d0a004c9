"""The rows that a walk looks at: prepared queries, as many for a thousand engagements as for one.

For the walk to look at one more table, add a line to ``LOOKED_AT``.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, Exists, F, Manager, Max, Model, OuterRef, Q, QuerySet, Subquery

from engagements.models import (
    Confirmation,
    Contact,
    Engagement,
    Evidence,
    Handover,
    NextAction,
    Note,
    Receipt,
    Referral,
    Review,
    ReviewSeries,
    RouteChoice,
    TenantService,
    Waiver,
)
from tasks.prepared import prepared
from tasks.together import together

FEW = 6


class Rows:
    """The rows at the end of a relation, named as in ``prefetch_related``; ``such`` says more about them.

    They stand where Django would put them prefetched, or with ``to`` as a plain list under that name: a
    related manager for each of many runs costs more than reading their rows.
    """

    def __init__(self, path: str, such: QuerySet | None = None, to: str = ""):
        *self.before, self.name = names = path.split("__")
        model, there, back = Engagement, [], []
        for name in names:
            relation = model._meta.get_field(name)
            model = relation.related_model
            if relation.many_to_one:
                there.append(name)
            else:
                back.insert(0, relation.m2m_field_name() if relation.many_to_many else relation.field.name)
        self.far = relation.m2m_reverse_field_name() if relation.many_to_many else ""
        if self.far:
            such = relation.remote_field.through._default_manager.select_related(self.far).order_by(self.far)
        self.such = model._default_manager.all() if such is None else such
        self.of, self.back = "__".join(there) or "engagement", f"{'__'.join(back)}__in"
        self.owner_id, self.to = f"{back[0]}_id", to

    def write(self, **ids) -> QuerySet:
        """The query for the rows of these engagements, or of the tenants or customers that the path begins with."""
        return self.such.filter(**{self.back: ids[self.of]})

    def hang(self, rows: list, engagements: list[Engagement]) -> None:
        """Puts rows where the walk looks for them."""
        found = defaultdict(list)
        for row in rows:
            found[getattr(row, self.owner_id)].append(getattr(row, self.far) if self.far else row)
        for owner in self._owners(engagements):
            if self.to:
                setattr(owner, self.to, found[owner.pk])
            else:
                _prefetch(owner, self.name, found[owner.pk])

    def _owners(self, rows: Iterable[Model]) -> Iterable[Model]:
        for name in self.before:
            rows = [one for row in rows for one in _there(row, name)]
        return rows


def _values(rows: QuerySet, *more: str) -> QuerySet:
    """As plain values: there are many, and nothing is done with them but read."""
    names = ["pk" if field.primary_key else field.attname for field in rows.model._meta.concrete_fields]
    return rows.values_list(*names, *more, named=True)


SURVEYED = Contact.survey_services.through.objects.filter(contact=OuterRef("pk"))
UNHEARD = Q(partners__outcome="")
# A subquery for each, because joined PostgreSQL reads all notes of a small database.
CATEGORY = Subquery(Note.objects.filter(pk=OuterRef("note")).order_by().values("category"))

_OF_SERIES = Review.objects.filter(series=OuterRef("pk")).order_by()
# The open series, each with its kind, when its next review is planned and when its last one was held.
SERIES = (
    ReviewSeries.objects.filter(status="open")
    .order_by("rule__position", "pk")
    .annotate(
        kind=F("rule__kind"),
        name=F("rule__name"),
        next_on=Subquery(_OF_SERIES.filter(state="planned").values("on")[:1]),
        last_held=Subquery(_OF_SERIES.filter(state="held").values("series").annotate(on_=Max("held_on")).values("on_")),
    )
    .values_list("pk", "tenant_id", "customer_id", "kind", "name", "agreed_on", "next_on", "last_held", named=True)
)

LOOKED_AT = (
    Rows("motions"),
    Rows("services"),
    Rows("answers"),
    Rows("task_records"),
    Rows("confirmations", _values(Confirmation.objects.all())),
    Rows(
        "tenant__engagements",
        Engagement.objects.order_by().values_list("tenant_id", "pk", named=True),
        to="engagement_rows",
    ),
    Rows("tenant__services", TenantService.objects.select_related("service", "adoption").with_usage()),
    Rows("tenant__customer__contacts", Contact.objects.known().annotate(has_survey_services=Exists(SURVEYED))),
    Rows(
        "referrals",
        Referral.objects.defer("mail_subject", "mail_body").annotate(
            proposed=Count("partners"),
            unheard=Count("partners", filter=UNHEARD),
            silent=Count("partners", filter=UNHEARD & Q(partners__contacted_on=None)),
        ),
        to="referral_rows",
    ),
    Rows("tenant__services__slices", to="slice_rows"),
    Rows("tenant__review_series", SERIES, to="series_rows"),
    Rows("tenant__customer__review_series", SERIES, to="series_rows"),
    Rows("step_runs"),
    Rows("step_runs__evidence", _values(Evidence.objects.annotate(category=CATEGORY), "category"), to="evidence_rows"),
    Rows("step_runs__waivers", _values(Waiver.objects.all()), to="waiver_rows"),
    Rows("step_runs__choices", _values(RouteChoice.objects.all()), to="choice_rows"),
    # What a receipt keeps is large; of it a walk asks for the services of then alone.
    Rows(
        "step_runs__receipts",
        Receipt.objects.defer("gate_input").annotate(services_then=F("gate_input__services")),
        to="receipt_rows",
    ),
)


_looked_at = together(*(rows.write for rows in LOOKED_AT))


def walkable(ids: Iterable[int]) -> list[Engagement]:
    """The engagements with these ids, each with every row that its walk looks at."""
    return with_rows(heads(ids=list(ids)))


@prepared
def heads(ids) -> QuerySet[Engagement]:
    """Engagements with their tenants and customers: enough to say who may look at the rest, and how they fare."""
    offered = Handover.objects.filter(engagement=OuterRef("pk"), decision="open").values("pk")[:1]
    rows = Engagement.objects.filter(pk__in=ids).annotate(open_handover=Subquery(offered)).order_by("pk")
    rows = rows.annotate(
        health=F("summary__health"),
        health_on=F("summary__health_on"),
        health_rated_on=F("summary__health_rated_on"),
        health_until=F("summary__health_until"),
    )
    return rows.select_related("tenant__customer", "tenant__csm", "model", "edition")


def with_rows(engagements: list[Engagement]) -> list[Engagement]:
    """The same engagements, ready to be walked."""
    if not engagements:
        return []
    read = _looked_at(
        engagement=[row.pk for row in engagements],
        tenant=list({row.tenant_id for row in engagements}),
        tenant__customer=list({row.tenant.customer_id for row in engagements}),
    )
    for rows, found in zip(LOOKED_AT, read, strict=True):
        rows.hang(found, engagements)
    return engagements


def with_set(engagement: Engagement, **relations: list[Model]) -> Engagement:
    """The engagement with other rows at some of its relations, for supposing; for one that nothing else holds."""
    engagement._prefetched_objects_cache = dict(engagement._prefetched_objects_cache)
    for name, rows in relations.items():
        engagement._prefetched_objects_cache.pop(name, None)
        _prefetch(engagement, name, rows)
    return engagement


@prepared
def promised(engagement) -> QuerySet[NextAction]:
    rows = NextAction.objects.filter(engagement=engagement, done_at=None).select_related("owner")
    return rows.order_by("due_on", "pk")[:FEW]


def _there(row: Model, name: str) -> Iterable[Model]:
    """What stands at a relation of a row: many rows, one, or none."""
    found = getattr(row, name, None)
    if isinstance(found, Manager):
        return found.all()
    return [] if found is None else [found]


def _prefetch(owner: Model, name: str, rows: list[Model]) -> None:
    """Puts rows where ``owner.<name>.all()`` finds them."""
    queryset = getattr(owner, name).get_queryset()
    queryset._result_cache, queryset._prefetch_done = rows, True
    owner.__dict__.setdefault("_prefetched_objects_cache", {})[name] = queryset
