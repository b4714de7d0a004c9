"""Drafts of notes: kept while somebody types, listed, gone on with and discarded. Private, also to admins (R50)."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from engagements import access
from engagements.models import Engagement, NoteDraft
from engagements.proposing import seem_documented
from engagements.selectors.composer import draft_line
from engagements.selectors.drafts import draft_rows
from engagements.services import drafts
from engagements.services.notes import LONGEST
from engagements.views.way_back import way_back
from playbook.models import Requirement

FIELDS, LINES = 60, 200
OWN = ("csrfmiddlewaretoken", "place", "version", "token", "draft_version", "line", "template")


@require_POST
def note_draft(request: HttpRequest, pk: int) -> JsonResponse:
    """Keeps what stands in a composer, and says which lines of its step it seems to document."""
    engagement = access.get_editable_engagement(request, pk)
    token, version = _uuid(request.POST.get("token")), _number(request.POST.get("version"))
    place, values = request.POST.get("place", ""), _values(request)
    if token is None or version is None or not _is_here(place, pk):
        return JsonResponse({"say": "This form is not one of this engagement. Reload the page."}, status=400)
    if sum(len(str(value)) for value in values.values()) > LONGEST + 5_000 or len(values) > FIELDS:
        return JsonResponse({"say": f"Not kept: a note has at most {LONGEST:,} characters."}, status=422)
    kept = drafts.keep_draft(
        by=request.user,
        engagement_id=pk,
        place=place,
        token=token,
        version=version,
        values=values,
        now=timezone.now(),
    )
    return JsonResponse(_said(kept) | {"seems": _seems(request, engagement, values)})


@require_safe
def draft_list(request: HttpRequest) -> HttpResponse:
    """The drafts of the person who signed in, newest first."""
    return render(request, "engagements/draft_list.html", {"nav": "", **draft_rows(request.user, timezone.localdate())})


@require_http_methods(["GET", "HEAD", "POST"])
def draft_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first: a draft that is discarded is gone."""
    draft = NoteDraft.objects.select_related("engagement__tenant__customer").filter(user=request.user, pk=pk).first()
    if draft is None:
        raise Http404("There is no such draft of yours.")
    back = way_back(request, reverse("draft_list"))
    if request.method == "POST":
        draft.delete()
        messages.success(request, "Draft discarded.")
        return redirect(back)
    line = draft_line(draft, timezone.localdate()) | {"text": draft.values.get("body", "")}
    return render(request, "engagements/draft_delete.html", {"draft": draft, "line": line, "back": back})


def _said(kept: drafts.Kept) -> dict[str, Any]:
    """What the composer says of it, and where to go from there."""
    links: list[dict[str, str]] = []
    answer: dict[str, Any] = {"how": kept.how, "say": "", "links": links}
    if kept.draft:
        at = timezone.localtime(kept.draft.saved_at)
        answer |= {"token": str(kept.draft.token), "version": kept.draft.version, "kept": f"Draft kept {at:%H:%M}"}
    if kept.how == "apart" and kept.other:
        line = draft_line(kept.other, timezone.localdate())
        answer["say"] = f"Another window kept other words, {line['when']}. Both are kept, each as a draft."
        links.append({"label": "Look at the other", "url": line["url"]})
    elif kept.how == "apart":
        answer["say"] = "Another window has saved this note. What stands here is kept as a new draft."
    elif kept.how == "full":
        customer = kept.other.engagement.tenant.customer
        line = draft_line(kept.other, timezone.localdate())
        answer["say"] = (
            f"You have {drafts.MOST} drafts, so this one is kept on this device only. "
            f"The oldest is of {customer}, {line['when']}: “{line['gist']}”"
        )
        links.append({"label": "Discard the oldest", "url": line["delete_url"]})
        links.append({"label": "My drafts", "url": reverse("draft_list")})
    elif kept.how == "saved":
        answer["say"] = "This note is saved already."
    return answer


def _seems(request: HttpRequest, engagement: Engagement, values: dict[str, Any]) -> list[int]:
    """Of the lines that stand open on the page, those that the text seems to document."""
    ids = [number for text in request.POST.getlist("line")[:LINES] if (number := _number(text))]
    if not ids:
        return []
    rows = Requirement.objects.filter(pk__in=ids, step__process__edition=engagement.edition_id)
    texts = dict(rows.values_list("pk", "text"))
    return seem_documented(str(values.get("body", "")), {pk: texts[pk] for pk in ids if pk in texts})


def _values(request: HttpRequest) -> dict[str, Any]:
    names = [name for name in request.POST if name not in OWN]
    return {
        name: request.POST.getlist(name) if name.startswith("documents") else request.POST[name].replace("\r\n", "\n")
        for name in names
    }


def _is_here(place: str, pk: int) -> bool:
    """An address of this engagement, which is where a draft leads back to."""
    return place.startswith(reverse("engagement_detail", args=[pk])) and len(place) <= 400 and "\\" not in place


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None
