"""Who takes part in a review: the sides that its rule lets in, and what on site asks for (R37). Pure."""

from collections.abc import Mapping

# What a side is called in a sentence, and the field of the cadence rule that says whether it takes part.
SIDES: Mapping[str, tuple[str, str]] = {
    "fasttrack": ("FastTrack", "fasttrack"),
    "microsoft": ("the Microsoft account team", "account_team"),
    "customer": ("the customer", "customer"),
    "partner": ("a partner", "partner"),
}
CALLED = {
    "fasttrack": "FastTrack",
    "microsoft": "Microsoft account team",
    "customer": "Customer",
    "partner": "Partner",
}
NEVER = "never"


def sides_let_in(audience: Mapping[str, str]) -> list[str]:
    """The sides that may take part; ``audience`` is side → what its rule says."""
    return [side for side in SIDES if audience.get(side) != NEVER]


def why_not_in(name: str, side: str, review: str, audience: Mapping[str, str]) -> str:
    """Why somebody cannot have taken part; empty where they can."""
    if audience.get(side) != NEVER:
        return ""
    called = SIDES[side][0]
    works = "works for FastTrack" if side == "fasttrack" else f"belongs to {called}"
    whole = "partners" if side == "partner" else called
    verb = "take" if side == "partner" else "takes"
    return f"{name} {works}, and {whole} never {verb} part in this review ({review}). Take the name out."


def why_not_on_site(approved_by: str, why: str) -> tuple[str, str]:
    """(field, sentence) of what on-site attendance lacks; empty where it may be (R37)."""
    if not approved_by.strip():
        return "on_site_approved_by", "Say who approved that people come on site; without approval it is held remotely."
    if not why.strip():
        return "on_site_why", "Say which outcomes need people on site; they stand beside the approval."
    return "", ""
