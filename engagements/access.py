"""The one door to what a person may see and do; views ask here and nowhere else (docs/access.md).

A stranger gets 404, a reader gets 403 when trying to write.
"""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest

from engagements.groups import READ_ALL, WORK
from engagements.models import Assignment, Engagement, Tenant, User
from playbook.spec import ProcessSpec


def get_engagement(request: HttpRequest, pk: int) -> Engagement:
    """An engagement that the reader may see, with ``may_edit`` set on it; otherwise 404."""
    found = Engagement.objects.walkable().filter(pk=pk).first() if _sees(request.user, pk) else None
    if found is None:
        raise Http404("There is no such engagement, or it is not one of yours.")
    found.may_edit = _may_edit_seen(request.user, found)
    return found


def get_editable_engagement(request: HttpRequest, pk: int) -> Engagement:
    """An engagement that the reader may change: 404 for a stranger, 403 for a reader or when it is closed."""
    rows = Engagement.objects.select_related("tenant__customer")
    found = rows.filter(pk=pk).first() if _sees(request.user, pk) else None
    if found is None:
        raise Http404("There is no such engagement, or it is not one of yours.")
    if not _may_edit_seen(request.user, found):
        raise PermissionDenied("You may read this engagement, not change it.")
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


def may_edit(user: User, engagement: Engagement) -> bool:
    """Assigned and allowed to work there; a closed engagement is read-only for everybody."""
    if engagement.status == Engagement.Status.CLOSED:
        return False
    return Engagement.objects.editable_by(user).filter(pk=engagement.pk).exists()


def _sees(user: User, pk: int) -> bool:
    """Whether ``visible_to`` would find this engagement, asked the short way: from the user's assignments."""
    if user.has_perm(READ_ALL):
        return True
    at = Q(tenant__engagements__pk=pk) | Q(customer__tenants__engagements__pk=pk)
    return Assignment.objects.filter(at, user=user).exists()


def _may_edit_seen(user: User, seen: Engagement) -> bool:
    """The same for one that the user was found to see: who sees only their own may edit where they work."""
    if user.has_perm(WORK) and not user.has_perm(READ_ALL):
        return seen.status != Engagement.Status.CLOSED
    return may_edit(user, seen)


def may_reopen(user: User, engagement: Engagement) -> bool:
    """Those who could edit a closed engagement if it were open."""
    return Engagement.objects.editable_by(user).filter(pk=engagement.pk).exists()


def may_start(user: User) -> bool:
    """Whether to offer it: by level, or by an assignment at a customer, which overrides the level."""
    return user.has_perm("engagements.work_where_assigned") or Tenant.objects.editable_by(user).exists()


def may_waive(user: User) -> bool:
    return user.has_perm("engagements.grant_waiver")


def may_assign(user: User) -> bool:
    return user.has_perm("engagements.assign_users")


def may_import(user: User) -> bool:
    return user.has_perm("engagements.import_records")


def may_read_internal(user: User) -> bool:
    """Partners do not read guidance and links meant for Microsoft only (DESIGN §5)."""
    return user.has_perm("playbook.read_internal_guidance")


def may_use_page(user: User, page: ProcessSpec) -> bool:
    """Guidance and composer of a page for Microsoft staff are hidden from partners, title and state are not."""
    return page.audience != "internal" or may_read_internal(user)
