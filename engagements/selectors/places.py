"""Where the keys that summaries store lead to."""

from django.urls import reverse


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


def review_url(pk: int) -> str:
    """The page on which a review is prepared and held."""
    return reverse("review_detail", args=[pk])
