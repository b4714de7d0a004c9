"""The mail to the customer that a referral begins with: a template with placeholders, filled in."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

BUNDLED = Path(__file__).resolve().parent.parent / "fixtures" / "referral_mail.toml"
# What may stand in braces in a template, and what it becomes.
PLACEHOLDERS = {
    "customer": "the name of the customer",
    "contact": "whom the partners contact",
    "service": "the service type, in words",
    "location": "where help is wanted",
    "specialties": "what the partners should be good at",
    "partners": "the partners, one per line",
    "days": "within how many business days they get in touch",
    "manager": "who sends the mail",
}
_NAMED = re.compile(r"\{(\w+)\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled in; what is no placeholder stays as it stands."""
    return _NAMED.sub(lambda found: values.get(found[1], found[0]), text)


def unknown_placeholders(text: str) -> list[str]:
    """The words in braces that would stay in the mail."""
    return [name for name in dict.fromkeys(_NAMED.findall(text)) if name not in PLACEHOLDERS]


def bundled() -> dict[str, str]:
    """The subject and body that come with the desk."""
    return tomllib.loads(BUNDLED.read_text())
