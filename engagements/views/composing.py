"""What a composer asks for while somebody writes: the preview, and the colleagues who can be mentioned."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from engagements import access
from engagements.selectors.mentions import colleagues, preview


@require_POST
def note_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A note as it will be shown, by the same renderer."""
    engagement = access.get_editable_engagement(request, pk)
    shown = preview(engagement, request.POST.get("body", ""))
    return render(request, "engagements/_note_preview.html", {"preview": shown})


@require_safe
def colleague_find(request: HttpRequest, pk: int) -> JsonResponse:
    """Those who may see the engagement, by a part of their name; the team first."""
    engagement = access.get_editable_engagement(request, pk)
    return JsonResponse({"found": colleagues(engagement, request.GET.get("q", "")[:200])})
