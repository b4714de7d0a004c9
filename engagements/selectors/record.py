"""A section of a record as its pages draw it: what stands there, and the form that is open in its place."""

from collections.abc import Iterable
from typing import Any

from django.forms import BaseForm


def section(
    key: str,
    title: str,
    pairs: Iterable[dict[str, Any]],
    *,
    url: str,
    may_edit: bool,
    form: BaseForm | None = None,
    hint: str = "",
) -> dict[str, Any]:
    """What ``components/record_section.html`` draws; ``url`` is where the form posts."""
    return {
        "key": key,
        "title": title,
        "pairs": list(pairs),
        "url": url,
        "may_edit": may_edit,
        "form": form,
        "hint": hint,
    }


def pair(label: str, value: Any, *, late: str = "", empty: str = "Not known", note: str = "") -> dict[str, Any]:
    """One line: what it is called and what stands there; ``late`` is said in red, ``note`` beside it."""
    return {"label": label, "value": value, "late": late, "empty": empty, "note": note}
