"""Addresses of steps, reviews and the pages on which facts are edited, made from what rules and summaries name."""

from urllib.parse import urlencode

from django.urls import reverse

from engagements.gate import Blocker
from engagements.gate_input import FactPage


def place_url(engagement_id: int, key: str) -> str:
    """The address of "<process>/<step>" or "<process>/<step>?<service id>" in an engagement.

    Keys are made of slugs, so a key is enough and no edition has to be read; without one it is the engagement.
    """
    step_key, _, service = key.partition("?")
    process, _, step = step_key.partition("/")
    if not step:
        return reverse("engagement_detail", args=[engagement_id])
    address = reverse("step_detail", args=[engagement_id, process, step])
    return f"{address}?service={service}" if service else address


def fact_url(place: FactPage, engagement_id: int) -> str:
    """The address of the page on which a fact of an engagement is edited, or of the part of the step's own page."""
    address = ""
    if place.step:
        address = place_url(engagement_id, f"{place.step}?{place.service}" if place.service else place.step)
    elif place.page:
        address = reverse(place.page, args=[engagement_id])
    query = f"?{urlencode(place.query)}" if place.query else ""
    return f"{address}{query}" + (f"#{place.anchor}" if place.anchor else "")


def line_id(pk: int) -> str:
    """The id that a line of a checklist has on the page of its step."""
    return f"line-{pk}"


def task_id(number: int) -> str:
    """The id that the row of a task has on the pages that list it."""
    return f"task-{number}"


def blocker_id(blocker: Blocker) -> str:
    """The id of what a blocker is about, on the page of its step: a line, a group of routes, a task, the composer."""
    if blocker.kind == "route":
        return f"group-{blocker.line_id}"
    if blocker.line_id is not None:
        return line_id(blocker.line_id)
    return task_id(blocker.task_number) if blocker.task_number is not None else "composer"


def review_url(pk: int) -> str:
    """The page on which a review is prepared and held."""
    return reverse("review_detail", args=[pk])
