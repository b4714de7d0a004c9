"""The guidance of a step for one reader: rendered, with its gist and how long it takes to read."""

from functools import lru_cache

from django.urls import reverse
from django.utils.html import strip_tags

from engagements.access import may_read_internal, may_use_page
from engagements.models import User
from engagements.walk import Place
from playbook.rendering import render
from tasks.text_cache import TextCache

WORDS_A_MINUTE = 200
counts = TextCache(256 * 1024)  # of guidance that was shown: how many words and links it has


def guidance(place: Place, user: User) -> dict:
    """The first sentence, the rendered text, and whether the reader may read it at all."""
    if not may_use_page(user, place.process):
        return {"guidance": "", "guidance_hidden": True}
    text = place.step.guidance
    edition = place.walk.edition
    links = _addresses(edition.id, tuple(edition.pages.items()))
    shown = render(text, links=links, internal=may_read_internal(user)) if text else ""
    words, count = _words_and_links(shown)
    links_say = f", {count} link{'' if count == 1 else 's'}" if count else ""
    return {
        "guidance": shown,
        "guidance_hidden": False,
        "gist": _first_sentence(text),
        "guidance_say": f"{max(1, round(words / WORDS_A_MINUTE))} min{links_say}",
        "guidance_open": place.run is None,
    }


@lru_cache(maxsize=64)
def _addresses(edition_id: int, pages: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """File name → address of every page of an edition."""
    return {source: reverse("process_detail", args=[edition_id, slug]) for source, slug in pages}


def _words_and_links(shown: str) -> tuple[int, int]:
    counted = counts.get((shown,), lambda: f"{len(strip_tags(shown).split())} {shown.count('<a ')}")
    words, links = counted.split()
    return int(words), int(links)


def _first_sentence(text: str) -> str:
    """Plain words only: a gist with a link or a list in it says nothing at a glance."""
    first = next((part for part in text.split("\n\n") if part.strip()), "")
    sentence = " ".join(first.split()).partition(". ")[0]
    if any(mark in sentence for mark in "[]*>|#`") or len(sentence) > 160:
        return ""
    return sentence.rstrip(".") + "." if sentence else ""
