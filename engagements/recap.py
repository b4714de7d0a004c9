"""From a note for colleagues to a mail that a customer may read: what stays, what goes, and who may get it.

The convention (docs/customer-safe.md): a section whose heading says that it is internal goes with all below it, up
to the next heading of its level; so do alerts ``> [!INTERNAL]`` and what is marked *(internal only)*. Links that only
Microsoft or the desk opens lose their address, FTOP numbers their number, mentions their sign. Everything that went
is listed for the author. Pure: no database, no clock.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlencode

from engagements.internal_parts import (
    ALERT,
    COLLEAGUE,
    INVISIBLE,
    LINE,
    LINK,
    MENTION,
    NUMBER,
    ORIGIN,
    SECTION,
    Removed,
    isolated,
    without_internal,
)
from engagements.recap_text import Writer
from playbook.bounded_markdown import bounded_parser, tokens_of

LONGEST_MAILTO = 1_900  # characters; longer addresses are cut off by some mail programs


@dataclass(frozen=True)
class Recap:
    """The text of a mail, what was taken out of it, and the short links that nobody but the author can judge."""

    text: str
    removed: tuple[Removed, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Addressee:
    """A contact as far as a recap looks at one. ``barred`` is the reason of a Do Not Call."""

    name: str
    email: str = ""
    barred: str = ""
    is_partner: bool = False


def refused(person: Addressee) -> str:
    """Why a recap does not go to somebody; empty where it may (R57, R60)."""
    if person.barred:
        return f"Do Not Call: {person.barred.rstrip('.')}."
    if person.is_partner:
        return "Of a partner: what is shared with partners needs the customer's approval."
    return "" if person.email else "No e-mail address is known."


def recap(body: str, *, hosts: Collection[str], people: Mapping[str, str], numbers: Collection[int] = ()) -> Recap:
    """The note without what is internal. ``numbers`` are the FTOP numbers that stand there as ``#983``."""
    tokens = tokens_of(bounded_parser(html=False, breaks=True), isolated(body.translate(INVISIBLE)))
    if tokens is None:
        return Recap("", (Removed(LINE, "The whole note: it has too much formatting to be taken apart."),))
    writer = Writer(tuple(hosts), people, frozenset(map(str, numbers)))
    text = writer.write(without_internal(tokens, writer.removed))
    return Recap(text, tuple(dict.fromkeys(writer.removed)), tuple(dict.fromkeys(writer.doubts)))


def by_kind(removed: Iterable[Removed]) -> Iterator[tuple[str, list[str]]]:
    """What was taken out, grouped in the order in which an author looks at it."""
    rows = list(removed)
    for kind in (ORIGIN, SECTION, ALERT, LINE, LINK, NUMBER, COLLEAGUE, MENTION):
        texts = [row.text for row in rows if row.kind == kind]
        if texts:
            yield kind, texts


def mail_text(greeting: str, text: str, promised: str, author: str) -> str:
    return "\n\n".join(filter(None, [greeting, text, promised, f"Kind regards\n{author}"]))


def promised(text: str, due_on: date) -> str:
    """ "Next: call the sponsor, by 27 May 2026"."""
    said = " ".join(text.split()).rstrip(".,; ")
    return f"Next: {said}, by {due_on:%-d %B %Y}." if said else ""


def mailto(addresses: Iterable[str], subject: str, body: str) -> tuple[str, bool]:
    """The link that opens a mail program, and whether the text fits into it."""
    to = ",".join(quote(address, safe="@") for address in addresses)
    whole = f"mailto:{to}?" + urlencode({"subject": subject, "body": body.replace("\n", "\r\n")}, quote_via=quote)
    if len(whole) <= LONGEST_MAILTO:
        return whole, True
    return f"mailto:{to}?" + urlencode({"subject": subject}, quote_via=quote), False
