"""The one door to what a person may see and do; views ask here and nowhere else (docs/access.md).

A stranger gets 404, a reader gets 403 when trying to write.
"""

from collections.abc import Collection, Iterable

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest

from engagements.assigning import MANAGER
from engagements.groups import ERASE, WINNER
from engagements.levels import ASSIGN, READ_ALL, SEEN_FROM, WORK, AssignedAt, changed_from, sees_all
from engagements.models import (
    Assignment,
    BulkChange,
    CadenceRule,
    Customer,
    Engagement,
    Escalation,
    Event,
    Handover,
    NextAction,
    Note,
    Review,
    ReviewSeries,
    Tenant,
    User,
)
from engagements.selectors import people
from engagements.walk_rows import heads, with_rows
from playbook.spec import ProcessSpec


def get_engagement(request: HttpRequest, pk: int) -> Engagement:
    """An engagement that the reader may see, ready to be walked, with ``may_edit`` set on it; otherwise 404."""
    found = _seen(request, pk)
    found.may_edit = may_edit(request.user, found)
    return with_rows([found])[0]


def get_editable_engagement(request: HttpRequest, pk: int) -> Engagement:
    """An engagement that the reader may change: 404 for a stranger, 403 for a reader or when it is closed."""
    found = _seen(request, pk)
    if not may_edit(request.user, found):
        raise PermissionDenied("You may read this engagement, not change it.")
    return found


def get_next_action(request: HttpRequest, pk: int) -> tuple[NextAction, Engagement]:
    """A next action of an engagement that the reader may see, and whether they may settle it; otherwise 404.

    Who was handed one settles it, also where they read without being assigned.
    """
    found = NextAction.objects.select_related("owner", "handed_by", "note").filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such next action, or it is not one of yours.")
    engagement = get_engagement(request, found.engagement_id)
    is_open = engagement.status != Engagement.Status.CLOSED
    is_own = is_open and found.owner_id == request.user.pk and request.user.has_perm(WORK)
    engagement.may_settle = engagement.may_edit or is_own
    return found, engagement


def visible_ids(user: User, ids: Iterable[int]) -> set[int]:
    """Those of some engagements that somebody may see at this moment; asks nothing where there are none."""
    return set(Engagement.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def get_escalation(request: HttpRequest, pk: int) -> Escalation:
    """A note that was escalated to the reader, of an engagement that they may see; otherwise 404."""
    rows = Escalation.objects.select_related("note__engagement", "user").filter(user=request.user, pk=pk)
    found = rows.first()
    if found is None:
        raise Http404("There is no such escalation, or it is not one of yours.")
    found.engagement = get_engagement(request, found.note.engagement_id)
    return found


def get_customer(request: HttpRequest, pk: int) -> Customer:
    """A customer of whom the reader may see a tenant, with ``may_edit`` set on it; otherwise 404."""
    found = Customer.objects.visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such customer, or it is not one of yours.")
    found.may_edit = may_edit_customer(request.user, found)
    return found


def get_editable_customer(request: HttpRequest, pk: int) -> Customer:
    """A customer that the reader may change: 404 for a stranger, 403 for who is not assigned to it as a whole."""
    found = get_customer(request, pk)
    if not found.may_edit:
        raise PermissionDenied("You may read this customer, not change it: you are not assigned to it as a whole.")
    return found


def get_customer_for_winner(request: HttpRequest, pk: int) -> Customer:
    """A customer whose winner tenant the reader may choose: a permission of its own, whoever is assigned."""
    found = get_customer(request, pk)
    if not may_set_winner(request.user):
        raise PermissionDenied("You may read this customer, not choose its winner tenant.")
    return found


def get_tenant(request: HttpRequest, pk: int) -> Tenant:
    found = Tenant.objects.visible_to(request.user).select_related("customer").filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such tenant, or it is not one of yours.")
    return found


def get_editable_tenant(request: HttpRequest, pk: int) -> Tenant:
    """A tenant at which the reader may work: 404 for a stranger, 403 for a reader."""
    found = get_tenant(request, pk)
    if not Tenant.objects.editable_by(request.user).filter(pk=found.pk).exists():
        raise PermissionDenied("You may read this tenant, not change it.")
    return found


def get_handover(request: HttpRequest, pk: int) -> Handover:
    """One that was offered to the reader, or by them, or of an engagement that they may see; otherwise 404.

    Its receiver reads the brief before they may see the engagement.
    """
    rows = Handover.objects.select_related("engagement__tenant__customer", "giver", "receiver", "offered_by")
    found = rows.filter(pk=pk).first()
    reader = request.user
    waits = found and found.decision == Handover.Decision.OPEN and found.receiver_id == reader.pk
    if not found or not (waits or Engagement.objects.visible_to(reader).filter(pk=found.engagement_id).exists()):
        raise Http404("There is no such handover, or it is not one of yours.")
    return found


def get_review(request: HttpRequest, pk: int) -> Review:
    """A review of a tenant or customer that the reader sees, with ``may_edit`` set on it; otherwise 404."""
    rows = Review.objects.select_related(
        "series__rule",
        "series__tenant__customer__winner",
        "series__customer__winner",
        "series__owner",
        "held_by",
        "note",
    )
    found = rows.filter(pk=pk).first()
    if found is None or not may_see_series(request.user, found.series):
        raise Http404("There is no such review, or it is not one of yours.")
    found.may_edit = may_hold(request.user, found.series)
    return found


def get_editable_review(request: HttpRequest, pk: int) -> Review:
    """A review that the reader may hold: 404 for a stranger, 403 for a reader."""
    found = get_review(request, pk)
    if not found.may_edit:
        raise PermissionDenied("You may read this review, not hold it.")
    return found


def get_own_event(request: HttpRequest, pk: int) -> Event:
    """A change that the reader made where they still may work, or may assign people; otherwise 404."""
    rows = Event.objects.select_related("tenant__customer", "customer").filter(actor=request.user, pk=pk)
    tenants = Tenant.objects.editable_by(request.user)
    mine = Q(tenant__in=tenants) | Q(customer__in=Customer.objects.editable_by(request.user))
    # Contacts belong to the customer and are kept by whoever works at one of its tenants.
    mine |= Q(object__startswith="contact:", customer__in=tenants.values("customer"))
    if may_set_winner(request.user):
        mine |= Q(object__startswith="winner:", customer__in=Customer.objects.visible_to(request.user))
    found = rows.filter(mine).first()
    if found is None and may_assign(request.user):
        found = rows.filter(object__startswith="user:").first()
    if found is None:
        raise Http404("There is no such change of yours.")
    return found


def get_bulk_change(request: HttpRequest, pk: int) -> BulkChange:
    """Something that the reader does to many engagements; that of others is not found."""
    found = BulkChange.objects.filter(by=request.user, pk=pk).first()
    if found is None:
        raise Http404("There is no such change of yours. What was selected is kept for a day.")
    return found


def may_edit(user: User, engagement: Engagement) -> bool:
    """Assigned and allowed to work there; a closed engagement is read-only for everybody."""
    return engagement.status != Engagement.Status.CLOSED and _works_at(user, engagement)


def may_reopen(user: User, engagement: Engagement) -> bool:
    """Those who could edit a closed engagement if it were open."""
    return _works_at(user, engagement)


def may_edit_customer(user: User, customer: Customer) -> bool:
    """Assigned at the customer: what somebody does at a tenant never changes the customer (DOMAIN §2.2)."""
    return Customer.objects.editable_by(user).filter(pk=customer.pk).exists()


def may_plan_reviews_of(user: User, customer: Customer) -> bool:
    """Those reviews that are held with a customer as a whole (R38): assigned to it, or working at its winner tenant.

    Where no winner is chosen and there is one tenant, that is it.
    """
    if may_edit_customer(user, customer):
        return True
    home = Tenant.objects.filter(customer=customer)
    if customer.winner_id:
        home = home.filter(pk=customer.winner_id)
    ids = list(home.values_list("pk", flat=True)[:2])
    return len(ids) == 1 and Tenant.objects.editable_by(user).filter(pk__in=ids).exists()


def may_see_series(user: User, series: ReviewSeries) -> bool:
    """Whoever sees the tenant or customer; a partner only where partners may take part in the review."""
    if series.rule.partner == CadenceRule.Audience.NEVER and not may_read_internal(user):
        return False
    if series.tenant_id:
        return Tenant.objects.visible_to(user).filter(pk=series.tenant_id).exists()
    return Customer.objects.visible_to(user).filter(pk=series.customer_id).exists()


def may_hold(user: User, series: ReviewSeries) -> bool:
    """Who works at the tenant; a review of the customer, who plans it; an enterprise status, who may write it."""
    if series.rule.closes_with == Note.Category.ENTERPRISE_STATUS:
        return may_keep_status(user, series.customer or series.tenant.customer)
    if series.customer_id:
        return may_plan_reviews_of(user, series.customer)
    return Tenant.objects.editable_by(user).filter(pk=series.tenant_id).exists()


def may_keep_status(user: User, customer: Customer) -> bool:
    """Only who is assigned at the winner tenant, or at the customer, writes its enterprise status (R38, R40)."""
    if not may_read_internal(user) or customer.winner_id is None:
        return False
    return Tenant.objects.editable_by(user).filter(pk=customer.winner_id).exists()


def may_judge_health(user: User, series: ReviewSeries) -> bool:
    """Who keeps the customer, and who owns the review: the owner of a review owns the health (R38)."""
    return series.owner_id == user.pk or may_edit_customer(user, series.customer or series.tenant.customer)


def _seen(request: HttpRequest, pk: int) -> Engagement:
    """An engagement by the rule of ``visible_to``, asked of the one engagement and its team; otherwise 404."""
    found = next(iter(heads(ids=[pk])), None)
    if found is None or not (sees_all(request.user.has_perm) or _assigned_at(request.user, found) & SEEN_FROM):
        raise Http404("There is no such engagement, or it is not one of yours.")
    return found


def _works_at(user: User, engagement: Engagement) -> bool:
    """Whether the rule of ``editable_by`` holds for the one engagement, asked of its team."""
    return bool(_assigned_at(user, engagement) & changed_from(user.has_perm))


def _assigned_at(user: User, engagement: Engagement) -> set[AssignedAt]:
    """Where the user is assigned, of an engagement's tenant and its customer."""
    mine = [row for row in people.team(engagement) if row.user_id == user.pk]
    return {AssignedAt.CUSTOMER if row.customer_id else AssignedAt.TENANT for row in mine}


def may_start(user: User) -> bool:
    """Whether to offer it: by level, or by an assignment at a customer, which overrides the level."""
    return user.has_perm("engagements.work_where_assigned") or Tenant.objects.editable_by(user).exists()


def may_waive(user: User) -> bool:
    return user.has_perm("engagements.grant_waiver")


def may_set_winner(user: User) -> bool:
    return user.has_perm(WINNER)


def may_assign(user: User) -> bool:
    """Anywhere: the level *Assigned and Assignment*."""
    return user.has_perm(ASSIGN)


def may_assign_at(user: User, at: Customer | Tenant, team: Iterable[Assignment] | None = None) -> bool:
    """The level *Assigned* assigns nobody, except where they are the primary FastTrack Manager (DOMAIN §2.2).

    ``team`` is who works there, with roles, where it has been read already.
    """
    if may_assign(user):
        return True
    if not user.has_perm(WORK):
        return False
    if team is not None:
        return any(row.user_id == user.pk and row.primary and row.role.name == MANAGER for row in team)
    leads = Q(customer=at) if isinstance(at, Customer) else Q(tenant=at) | Q(customer=at.customer_id)
    return Assignment.objects.filter(leads, user=user, primary=True, role__name=MANAGER).exists()


def assigns_at(user: User, tenants: Collection[int]) -> set[int]:
    """The tenants among these at which ``may_assign_at`` holds."""
    if may_assign(user):
        return set(tenants)
    if not user.has_perm(WORK):
        return set()
    leads = Assignment.objects.filter(user=user, primary=True, role__name=MANAGER)
    here = Q(pk__in=leads.filter(tenant__in=tenants).values("tenant"))
    here |= Q(customer__in=leads.filter(customer__isnull=False).values("customer"))
    return set(Tenant.objects.filter(here, pk__in=tenants).values_list("pk", flat=True))


def may_change_many(user: User) -> bool:
    """Whether the portfolio offers work on many: to those who may change or hand over an engagement somewhere."""
    return may_start(user) or may_assign(user)


def may_import(user: User) -> bool:
    return user.has_perm("engagements.import_records")


def may_import_usage(user: User) -> bool:
    """Whoever may enter active users anywhere may bring in many of them."""
    return may_start(user)


def may_handle_personal_data(user: User) -> bool:
    """Exporting and erasing reach into every engagement of a customer, so they take somebody who reads them all."""
    return user.has_perm(ERASE) and user.has_perm(READ_ALL)


def may_read_internal(user: User) -> bool:
    """Partners do not read guidance and links meant for Microsoft only (DESIGN §5)."""
    return user.has_perm("playbook.read_internal_guidance")


def may_use_page(user: User, page: ProcessSpec) -> bool:
    """Guidance and composer of a page for Microsoft staff are hidden from partners, title and state are not."""
    return page.audience != "internal" or may_read_internal(user)
