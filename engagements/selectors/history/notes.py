"""Sentences about notes and next actions."""

from engagements.models import Event
from engagements.selectors.history.told import GONE, Sentence, Told, day, listed, number

RECAPPED = "sent a recap of"


def note(event: Event, pk: str, told: Told) -> Sentence:
    category = told.name("note", number(pk), "")
    page = told.page("note_detail", number(pk)) if category else ""
    match event.verb:
        case "escalated":
            people = [told.name("user", one, GONE) for one in event.after.get("users", ())]
            return Sentence("escalated a note", page, after=f"to {listed(people)}" if people else "to nobody")
        case "acknowledged":
            return Sentence("acknowledged an escalated note", page, after=event.after.get("answer", ""))
        case "corrected":
            return Sentence("corrected a note", page)
        case _ if event.verb == RECAPPED:
            who = [told.contact(pk) for pk in event.after.get("contacts", ())]
            how = "" if event.after.get("from_here") else "By hand"
            return Sentence(f"sent a recap of a note to {' and '.join(who)}", page, after=how)
    return Sentence(f"wrote a note, {category}", page) if category else Sentence("wrote a note")


def next_action(event: Event, pk: str, told: Told) -> Sentence:
    text = told.name("next action", number(pk), "a next action")
    match event.verb:
        case "did":
            return Sentence(f"did: {text}")
        case "took back":
            return Sentence(f"took back that this was done: {text}")
        case "promised":
            who = told.name("user", event.after.get("user"), GONE)
            return Sentence(f"promised: {text}", after=f"{day(event.after.get('due'))}, {who}")
        case "withdrew":
            return Sentence("took back a next action right after it was promised", before=day(event.before.get("due")))
        case "moved":
            after = day(event.after.get("due")) + (f": {event.after['why']}" if event.after.get("why") else "")
            return Sentence(f"moved the next action: {text}", before=day(event.before.get("due")), after=after)
        case "handed on":
            who, why = (told.name("user", event.after.get("user"), GONE), event.after.get("why"))
            before = told.name("user", event.before.get("user"), GONE)
            return Sentence(f"handed on: {text}", before=before, after=who + (f": {why}" if why else ""))
    return Sentence(f"{event.verb} {text}")
