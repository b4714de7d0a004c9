"""Moving an engagement to the edition that is published now."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from engagements import access
from engagements.selectors.moving import edition_consequences
from engagements.selectors.state import state_crumbs
from engagements.services.editions import move_edition
from engagements.services.refusals import Refused
from engagements.walk import load_walk
from playbook.models import Edition
from playbook.selectors import published_edition


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_edition(request: HttpRequest, pk: int) -> HttpResponse:
    """What another edition takes over and what it cannot, before anybody confirms."""
    engagement, today = access.get_editable_engagement(request, pk), timezone.localdate()
    newer, refused = published_edition(), ""
    if newer is None:
        raise Http404("No edition of the playbook is published.")
    if request.method == "POST":
        try:
            move_edition(engagement_id=pk, edition=_shown(request) or newer, by=request.user, today=today)
        except Refused as refusal:
            refused = refusal.message
        else:
            messages.success(request, f"The engagement runs {newer.name} now.")
            return redirect("engagement_state", pk)
    walk = load_walk(pk, today)
    context = {"nav": "portfolio", "engagement": engagement, "crumbs": state_crumbs(engagement), "refused": refused}
    context |= {"was": walk.edition.name, "newer": newer, "moves": newer.pk != engagement.edition_id}
    context["preview"] = edition_consequences(walk, newer) if context["moves"] else None
    return render(request, "engagements/engagement_edition.html", context, status=422 if refused else 200)


def _shown(request: HttpRequest) -> Edition | None:
    """The edition whose consequences were shown; a newer one may have been published since."""
    pk = request.POST.get("edition", "")
    if not pk.isascii() or not pk.isdecimal() or len(pk) > 18:
        return None
    return Edition.objects.filter(pk=int(pk)).first()
