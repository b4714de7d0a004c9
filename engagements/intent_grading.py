"""How good a Service Intent note is, in words, and which status it speaks of (H1 to H11, docs/intent.md).

A note says what the customer intends with a service, and why. Reads English; text in another language is let
through with a word that nobody graded it. Case and white space do not count. Pure: no database, no clock.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from engagements import intent_words
from tasks.consumption import Consumption

LONGEST_READ = 10_000  # characters; what follows is read by nobody
MOST_SENTENCES, MOST_WORDS = 2, 60  # H5


class Grade(StrEnum):
    """A poor note cannot be saved as intent."""

    POOR = "poor"
    MARGINAL = "marginal"
    GREAT = "great"


@dataclass(frozen=True)
class Context:
    """What is known beside the text.

    ``services`` are the names of the services it is written for, ``standing`` the L1 at which their seats stand,
    ``elsewhere`` what the author wrote as intent of other services, ``reasons`` the L2 of the catalogue by key.
    """

    services: tuple[str, ...] = ()
    standing: tuple[Consumption, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()
    managed: bool | None = None
    reasons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Finding:
    """What a heuristic found missing or out of place, and how to mend it."""

    rule: str
    text: str


@dataclass(frozen=True)
class Proposal:
    """The status that the text speaks of, the key of its L2 where there is one, and the words that say so."""

    l1: Consumption
    reason: str = ""
    words: tuple[str, ...] = ()
    differs: bool = False

    @property
    def why(self) -> str:
        return "The note says " + " and ".join(f"“{word}”" for word in self.words) + "."


@dataclass(frozen=True)
class Graded:
    """``findings`` are why it is no better; ``hints`` cost nothing; ``clear`` are the words that say it best (H3)."""

    grade: Grade
    said: str
    findings: tuple[Finding, ...] = ()
    hints: tuple[Finding, ...] = ()
    clear: tuple[str, ...] = ()
    proposal: Proposal | None = None


def grade(text: str, context: Context = Context()) -> Graded:
    """The grade of a note of category Service Intent, with all that keeps it from being better."""
    said = _Text.of(text, context)
    if said.is_empty:
        return _poor("H1", f"Nothing is written. Say what the customer intends with {said.service}, and why.")
    if said.is_status_only:
        return _poor(
            "H1", f"A status word alone says nothing. Say what the customer does or plans with {said.service}, and why."
        )
    if said.l1 is None:
        return _unsaid(said)
    findings = tuple(_findings(said, context))
    proposal = _proposal(said, context)
    if findings:
        return Graded(
            Grade.MARGINAL,
            "It could say more.",
            findings,
            tuple(_hints(said, context)),
            said.clear,
            proposal,
        )
    why = "" if said.l1 is Consumption.IN_PROGRESS else ", and why"
    return Graded(
        Grade.GREAT,
        f"It says that the service is {_stands(said.l1)}{why}.",
        (),
        tuple(_hints(said, context)),
        said.clear,
        proposal,
    )


def meeting_hints(text: str, *, has_next_action: bool = False) -> tuple[Finding, ...]:
    """What the note of a meeting does not list: attendees, decisions, actions with owners and dates (H11)."""
    said = _plain(text)
    if not intent_words.MEETING.search(said):
        return ()
    left = []
    if not intent_words.ATTENDEES.search(said):
        left.append("who attended")
    if not intent_words.DECISIONS.search(said):
        left.append("what was decided")
    if not has_next_action and not (intent_words.ACTIONS.search(said) and intent_words.DAY.search(said)):
        left.append("the actions with their owners and dates")
    if not left:
        return ()
    return (
        Finding("H11", f"Notes of a meeting also list {' and '.join(left[:2]) if len(left) < 3 else ', '.join(left)}."),
    )


@dataclass(frozen=True)
class _Text:
    """A text as the heuristics read it."""

    whole: str  # folded, without marks
    bare: str  # and without what is denied, nor what is said of FastTrack alone
    services: tuple[str, ...]
    named: str
    l1: Consumption | None
    words: str  # those by which the L1 is known
    declines: bool
    is_opening: bool

    @classmethod
    def of(cls, text: str, context: Context) -> "_Text":
        whole = _plain(text)
        declines = intent_words.DECLINES_FASTTRACK.search(whole) is not None
        bare = intent_words.DENIED.sub(" ", intent_words.DECLINES_FASTTRACK.sub(" ", whole))
        opening = intent_words.OPENING.match(_tidy(bare))
        l1, words = (intent_words.OF_OPENING[opening[1]], opening[1]) if opening else _signal(bare)
        names = tuple(name for name in (_plain(name) for name in context.services) if name)
        return cls(
            whole,
            bare,
            names,
            context.services[0] if len(context.services) == 1 else "",
            l1,
            words,
            declines,
            opening is not None,
        )

    @property
    def service(self) -> str:
        """What to call it: the service, or all of them."""
        return self.named or "the service"

    @property
    def is_empty(self) -> bool:
        return not re.search(r"\w", self.whole)

    @property
    def is_status_only(self) -> bool:
        """H1: without status words, names of services and filling words nothing is left."""
        rest = self.whole
        for name in sorted(self.services, key=len, reverse=True):
            rest = rest.replace(name, " ")
        left = re.findall(r"\w+", intent_words.STATUS_WORD.sub(" ", rest))
        return all(word in intent_words.FILLER for word in left)

    @property
    def is_unresponsive(self) -> bool:
        return self.l1 is Consumption.STATUS_UNKNOWN and intent_words.UNRESPONSIVE.search(self.bare) is not None

    @property
    def clear(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(found[0] for found in intent_words.CLEAR.finditer(self.bare)))

    @property
    def sentences(self) -> int:
        parts = re.split(
            r"(?<![.!?])[.!?]++(?:\s|$)|[;。！？]", re.sub(r"\b(?:e\.g|i\.e|etc|approx|ca|no)\.", " ", self.whole)
        )
        return sum(1 for part in parts if re.search(r"\w\W+\w", part))

    def says_why(self) -> str:
        """ "clear", "vague" where the words name nothing, or ""."""
        if intent_words.REASON_ITSELF.search(self.bare):
            return "clear"
        ends = [found.start() for found in re.finditer(r"[.!?;](?:\s|$)", self.bare)]
        clear = [found.start() for found in re.finditer(r"\w+", self.bare) if found[0] not in intent_words.VAGUE]
        heard = ""
        for found in intent_words.BECAUSE.finditer(self.bare):
            word, end = _first_from(clear, found.end()), _first_from(ends, found.end())
            if word is not None and (end is None or word < end):
                return "clear"
            heard = "vague"
        return heard

    def is_english(self) -> bool:
        words = re.findall(r"[^\W\d_]+", self.whole)
        known = sum(word in intent_words.ENGLISH for word in words)
        return len(words) < 4 and self.whole.isascii() or known * 12 >= len(words)


def _first_from(places: list[int], at: int) -> int | None:
    """The first of the sorted places that is not before another one."""
    found = bisect_left(places, at)
    return places[found] if found < len(places) else None


def _poor(rule: str, text: str) -> Graded:
    return Graded(Grade.POOR, "It does not say what the customer intends.", (Finding(rule, text),))


def _unsaid(said: _Text) -> Graded:
    """No word says what the customer intends."""
    if said.declines:
        return _poor(
            "H10",
            "Declining FastTrack says nothing about the intent. Say whether the customer deploys on its own, which is "
            "In Progress, or why it will not use the service.",
        )
    if intent_words.USAGE.search(said.whole) and not intent_words.LOGISTICS.search(said.whole):
        return _poor(
            "H6", "Active users alone are no intent; they are kept under Usage. Say what the customer plans, and why."
        )
    if intent_words.LOGISTICS.search(said.whole):
        return _poor(
            "H6",
            "Meetings and mails belong in an Engagement Management note. Say here what the customer plans, and why.",
        )
    if not said.is_english():
        hint = "Only English is graded. Read once more whether it says what the customer intends, and why."
        return Graded(Grade.MARGINAL, "It is not known what it says.", (Finding("H2", hint),))
    return _poor(
        "H2",
        "No word says whether the customer intends to use the service. Say so, and why: “intends to deploy by June”, "
        "“unable to deploy because …”, “no intent because …”.",
    )


def _findings(said: _Text, context: Context) -> Iterator[Finding]:
    """What keeps it from being great."""
    if said.is_unresponsive:
        yield from _attempts(said, context)
    if not _only_fasttrack(said):
        yield from _reason(said)
    else:
        yield Finding(
            "H10",
            "Declining FastTrack is not the same as no intent: a customer that deploys on its own is In Progress. Say "
            "what it plans with the service itself.",
        )
    copied = _copied(said, context)
    if copied:
        yield Finding("H7", f"The same text stands at {copied}. Say what holds for this service.")


def _reason(said: _Text) -> Iterator[Finding]:
    """H2 and H9: why it is so."""
    why, l1 = said.says_why(), said.l1
    if l1 is Consumption.IN_PROGRESS:
        if said.is_opening or said.words in ("in progress", "on track", "underway", "under way", "ongoing", "intent"):
            signal, _ = _signal(_without_opening(said.bare), by_name=False)
            if signal is None and why != "clear":
                yield Finding(
                    "H2", "Say what the customer does or plans, and by when, not only that it is in progress."
                )
        return
    if l1 is Consumption.STATUS_UNKNOWN:
        if not said.is_unresponsive and why != "clear" and not _named_reason(said):
            yield Finding("H2", "Say why the intent is not known: a new subscription, or nobody was reached.")
        return
    if l1 is Consumption.DUPLICATE:
        if why != "clear" and not intent_words.CAUSE.search(said.bare):
            yield Finding(
                "H9", "Say why it is a duplicate or invalid: a test tenant, cancelled, moved to another tenant."
            )
        return
    if why == "clear" or _named_reason(said):
        return
    if why == "vague":
        yield Finding("H9", f"The reason names nothing. Say what exactly {_keeps(l1)}.")
    else:
        yield Finding("H2", f"The reason is missing. Add “because …” or “until …”: what {_keeps(l1)}.")


def _attempts(said: _Text, context: Context) -> Iterator[Finding]:
    """H8: what the note of an unresponsive customer states."""
    if not intent_words.ATTEMPTS.search(said.whole):
        yield Finding("H8", "Say how many attempts were made, such as “3 mails and 2 calls”.")
    if not intent_words.ADDRESSEE.search(said.whole):
        yield Finding("H8", "Say whom they were addressed to, such as “to the IT manager”.")
    states_unmanaged = intent_words.UNMANAGED.search(said.whole) is not None
    if not states_unmanaged and not intent_words.MANAGED.search(said.whole):
        known = {True: "; the record says managed", False: "; the record says unmanaged", None: ""}[context.managed]
        yield Finding("H8", f"Say whether the account is managed or unmanaged{known}.")
    elif context.managed is not None and states_unmanaged is context.managed:
        known = "managed" if context.managed else "unmanaged"
        yield Finding("H8", f"The record says that the account is {known}. Put one of them right.")


def _hints(said: _Text, context: Context) -> Iterator[Finding]:
    """What would make it better still, and costs nothing."""
    if said.l1 is Consumption.BLOCKED and not intent_words.RESOLVED_BY.search(said.bare):
        yield Finding("H9", "Say what would resolve it, and by when.")
    hedges = dict.fromkeys(found[0] for found in intent_words.HEDGE.finditer(said.whole))
    if hedges:
        quoted = ", ".join(f"“{word}”" for word in hedges)
        yield Finding("H4", f"{quoted} leaves it open. Say since when, until when, or what would change it.")
    words = len(said.whole.split())
    if said.sentences > MOST_SENTENCES or words > MOST_WORDS:
        yield Finding(
            "H5", "Longer than the two sentences that are read. Put the rest in an Engagement Management note."
        )
    if intent_words.LOGISTICS.search(said.whole) and not said.is_unresponsive:
        yield Finding("H6", "Meetings and mails belong in an Engagement Management note.")
    elif intent_words.USAGE.search(said.whole) and re.search(r"\b(?:active users?|au|mau|usage)\b", said.whole):
        yield Finding("H6", "Active users are kept under Usage; here they explain nothing.")
    if len(context.services) > 1 and not said.is_unresponsive:
        yield Finding("H7", "One text for several services. Write one for each where the intent or the reason differs.")


def _copied(said: _Text, context: Context) -> str:
    """The other service at which the author wrote the same (H7); nothing can be told apart of those who are silent."""
    if said.is_unresponsive:
        return ""
    mine = _unnamed(said.whole, said.services)
    for service, text in context.elsewhere:
        if _unnamed(_plain(text), (*said.services, _plain(service))) == mine:
            return service
    return ""


def _unnamed(text: str, names: tuple[str, ...]) -> str:
    for name in sorted((name for name in names if name), key=len, reverse=True):
        text = text.replace(name, " ")
    return " ".join(re.findall(r"\w+", text))


def _only_fasttrack(said: _Text) -> bool:
    """H10: the only reason for no intent is that FastTrack is not wanted."""
    if not said.declines or said.l1 is not Consumption.NO_INTENT:
        return False
    return not _named_reason(said) and said.says_why() != "clear"


def _proposal(said: _Text, context: Context) -> Proposal | None:
    if said.l1 is None or said.declines and said.l1 is Consumption.NO_INTENT and _only_fasttrack(said):
        return None
    key, words = _l2(said, context)
    differs = bool(context.standing) and said.l1 not in context.standing
    quoted = tuple(dict.fromkeys(word for word in (said.words, words) if word))
    return Proposal(said.l1, key, quoted, differs)


def _l2(said: _Text, context: Context) -> tuple[str, str]:
    """The key of the L2, where the catalogue has it, and the words that name it."""
    known = dict(context.reasons)
    for key, name in context.reasons:
        folded = _plain(name)
        if key.startswith(f"{said.l1}/") and folded and re.search(rf"\b{re.escape(folded)}\b", said.bare):
            return key, folded
    for key, pattern in intent_words.REASONS:
        if key in known and key.startswith(f"{said.l1}/") and (found := pattern.search(said.bare)):
            return key, found[0]
    return "", ""


def _named_reason(said: _Text) -> bool:
    """Whether words speak of an L2 of the status, beside those that told the status itself."""
    rest = _without_opening(said.bare).replace(said.words, " ", 1)
    return any(key.startswith(f"{said.l1}/") and pattern.search(rest) for key, pattern in intent_words.REASONS)


def _signal(text: str, *, by_name: bool = True) -> tuple[Consumption | None, str]:
    """The status that the text speaks of, and the words that say so."""
    for l1, pattern in intent_words.SIGNALS:
        if found := pattern.search(text):
            return l1, found[0].strip()
    if by_name and (found := intent_words.IN_PROGRESS_BY_NAME.search(text)):
        return Consumption.IN_PROGRESS, found[0]
    return None, ""


def _without_opening(text: str) -> str:
    return intent_words.OPENING.sub(" ", _tidy(text), count=1)


def _tidy(text: str) -> str:
    return text.strip(" .,:;-–—")


def _keeps(l1: Consumption) -> str:
    return "keeps the customer from deploying" if l1 is Consumption.BLOCKED else "speaks against the service"


def _stands(l1: Consumption) -> str:
    return {
        Consumption.IN_PROGRESS: "being deployed or planned",
        Consumption.BLOCKED: "blocked",
        Consumption.NO_INTENT: "not wanted",
        Consumption.STATUS_UNKNOWN: "of unknown intent",
        Consumption.DUPLICATE: "a duplicate or invalid",
    }[l1]


LINK = re.compile(r"\[([^\]\[]{0,200})\]\([^)\s\[]{0,500}\)")
ADDRESS = re.compile(r"\bhttps?://\S+")
MARKS = re.compile(r"[*_#>`~|\[\]]+")


def _plain(text: str) -> str:
    """Without case, accents, Markdown's marks and runs of white space; "won't" is "will not"."""
    text = " ".join(text.split())[:LONGEST_READ]
    text = unicodedata.normalize("NFKD", text.casefold()).replace("’", "'")
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = ADDRESS.sub(" ", LINK.sub(r"\1", text))
    text = MARKS.sub(" ", text).replace("won't", "will not").replace("can't", "cannot").replace("n't", " not")
    text = re.sub(r"(?<=[^\W\d])-(?=[^\W\d])", " ", text)
    return " ".join(text.split()).casefold()
