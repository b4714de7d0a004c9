"""What somebody wants to see of a history: kind, person, days, words. The address keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from engagements.models import Engagement, Event
from engagements.selectors.history.objects import KINDS, words_of
from tasks.folding import fold


@dataclass(frozen=True)
class Wanted:
    """What it does not know filters nothing: an old address shows more, never an error."""

    kind: str = ""
    who: int | None = None
    since: date | None = None
    until: date | None = None
    q: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Wanted":
        kind, who = query.get("kind", ""), query.get("who", "")
        return cls(
            kind=kind if kind in KINDS else "",
            who=int(who) if who.isascii() and who.isdecimal() and len(who) < 18 else None,
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
            q=query.get("q", "").strip()[:200],
        )

    @property
    def is_all(self) -> bool:
        return self == Wanted()

    @property
    def words(self) -> list[str]:
        """The words as they are looked for: without case and accents."""
        return fold(self.q).split()

    def address(self, engagement_id: int, page: int = 1, name: str = "engagement_history") -> str:
        given = {name: value for name, value in asdict(self).items() if value}
        given |= {"page": page} if page > 1 else {}
        address = reverse(name, args=[engagement_id])
        return f"{address}?{urlencode(given)}" if given else address

    def of(self, engagement: Engagement) -> QuerySet[Event]:
        """The events, the newest first; words are looked for in the sentences, which only a teller knows."""
        rows = all_events(engagement)
        if self.kind:
            said = Q()
            for word in words_of(self.kind):
                said |= Q(object=word) | Q(object__startswith=f"{word}:")
            rows = rows.filter(said)
        if self.who:
            rows = rows.filter(actor=self.who)
        if self.since:
            rows = rows.filter(at__gte=_midnight(self.since))
        if self.until:
            rows = rows.filter(at__lt=_midnight(self.until + timedelta(days=1)))
        return rows

    def said(self, people: Mapping[int, str]) -> str:
        """ "Tasks, by Ana Ruiz, since 1 May 2026, with “deck”": for print and for what is empty."""
        parts = [
            KINDS.get(self.kind, ""),
            f"by {people.get(self.who, 'somebody who did nothing here')}" if self.who else "",
            f"since {self.since:%-d %b %Y}" if self.since else "",
            f"until {self.until:%-d %b %Y}" if self.until else "",
            f"with “{self.q}”" if self.q else "",
        ]
        return ", ".join(part for part in parts if part)


def all_events(engagement: Engagement) -> QuerySet[Event]:
    """Everything that happened to an engagement, to its tenant and to its customer as a whole."""
    mine = Q(engagement=engagement) | Q(engagement=None, tenant=engagement.tenant_id)
    mine |= Q(engagement=None, tenant=None, customer=engagement.tenant.customer_id)
    return Event.objects.filter(mine).select_related("actor").order_by("-at", "-pk")


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and found.year < 9999 else None


def _midnight(on: date) -> datetime:
    """When a day begins for the reader."""
    return timezone.make_aware(datetime.combine(on, time.min))
