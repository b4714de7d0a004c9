"""How good the note is that somebody is typing: nothing is saved."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from engagements import access
from engagements.selectors.intent_grade import drawn_grade
from engagements.services.notes import LONGEST


@require_POST
def note_grade(request: HttpRequest, pk: int) -> HttpResponse:
    """The grade of what the composer holds, as a fragment; 204 where it says what it said before."""
    engagement = access.get_editable_engagement(request, pk)
    scope = list(engagement.services.all())
    chosen = set(request.POST.getlist("services"))
    drawn = drawn_grade(
        engagement,
        category=request.POST.get("category", ""),
        body=request.POST.get("body", "")[:LONGEST],
        services=[service for service in scope if str(service.pk) in chosen] or scope,
        author=request.user,
        promises=bool(request.POST.get("next_action", "").strip()),
    )
    if request.POST.get("graded", "") == (drawn or {}).get("mark", ""):
        return HttpResponse(status=204)
    return render(request, "engagements/_note_graded.html", {"grade": drawn})
