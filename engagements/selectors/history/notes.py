"""Sentences about notes and next actions."""

from engagements.models import Event
from engagements.selectors.history.told import GONE, Sentence, Told, day, number

RECAPPED = "sent a recap of"


def note(event: Event, pk: str, told: Told) -> Sentence:
    category = told.name("note", number(pk), "")
    if not category:
        return Sentence("wrote a note")
    if event.verb == RECAPPED:
        who = [told.contact(pk) for pk in event.after.get("contacts", ())]
        how = "" if event.after.get("from_here") else "By hand"
        return Sentence(
            f"sent a recap of a note to {' and '.join(who)}", told.page("note_detail", number(pk)), after=how
        )
    return Sentence(f"wrote a note, {category}", told.page("note_detail", number(pk)))


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
    return Sentence(f"{event.verb} {text}")
