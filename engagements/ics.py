"""Calendars as Outlook and others read them (RFC 5545). Pure: takes what is to be said, knows no database.

The same entries give the same bytes, so that whoever subscribed can be told that nothing changed. A meeting stands
in UTC and needs no zone of its own; its ``uid`` stays and its ``sequence`` grows when it moves, so that it is
updated and not doubled, and what was skipped or cancelled stays for a while as cancelled, so that it goes away.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from icalendar import Alarm, Calendar, Event, vCalAddress, vUri

PRODUCT = "-//FastTrack Desk//Reviews//EN"
READ_AGAIN_AFTER = timedelta(hours=1)
BEFORE = timedelta(minutes=15)


@dataclass(frozen=True)
class Meeting:
    """A review. ``place`` is a room or an address; ``about`` says no more than whoever is asked to it needs.

    A file that customers may get has no ``url``: they cannot open the desk.
    """

    uid: str
    sequence: int
    starts_at: datetime
    minutes: int
    title: str
    about: str
    place: str
    url: str
    changed_at: datetime
    is_planned: bool = True
    is_cancelled: bool = False
    lead: tuple[str, str] | None = None  # name and e-mail address


@dataclass(frozen=True)
class AllDay:
    """Something that is due on a day, and takes up no time of it."""

    uid: str
    on: date
    title: str
    url: str
    changed_at: datetime
    at: time


def calendar(name: str, meetings: Iterable[Meeting], days: Iterable[AllDay] = (), *, method: str = "") -> bytes:
    """``method`` is PUBLISH for a file that is opened; a feed has none."""
    found = Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    if method:
        found.add("method", method)
    found.add("x-wr-calname", name)
    found.add("refresh-interval", READ_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    found.add("x-published-ttl", "PT1H")
    for meeting in meetings:
        found.add_component(_meeting(meeting))
    for day in days:
        found.add_component(_all_day(day))
    return found.to_ical()


def _meeting(one: Meeting) -> Event:
    event = _event(one.uid, one.title, one.url, one.changed_at)
    event.add("sequence", one.sequence)
    event.add("dtstart", one.starts_at)
    event.add("dtend", one.starts_at + timedelta(minutes=one.minutes))
    event.add("status", "CANCELLED" if one.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if one.is_cancelled else "OPAQUE")
    event.add("description", f"{one.about}\n{one.url}".strip())
    if one.place:
        event.add("location", one.place)
    if one.lead:
        name, address = one.lead
        organizer = vCalAddress(f"mailto:{address}")
        organizer.params["cn"] = name
        event["organizer"] = organizer
    if one.is_planned:
        event.add_component(_alarm(one.title, -BEFORE))
    return event


def _all_day(one: AllDay) -> Event:
    event = _event(one.uid, one.title, one.url, one.changed_at)
    event.add("dtstart", one.on)
    event.add("dtend", one.on + timedelta(days=1))
    event.add("status", "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("description", one.url)
    event.add_component(_alarm(one.title, timedelta(hours=one.at.hour, minutes=one.at.minute)))
    return event


def _event(uid: str, title: str, url: str, changed_at: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("summary", title)
    if url:
        event.add("url", vUri(url))
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("class", "PRIVATE")
    return event


def _alarm(title: str, trigger: timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", trigger)
    return alarm
