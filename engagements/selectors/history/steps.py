"""Sentences about steps, tasks, waivers, questions and key outputs."""

from engagements.models import Event
from engagements.selectors.history.told import Sentence, Told, number


def step(event: Event, key: str, told: Told) -> Sentence:
    before, after = event.before, event.after
    known, url = told.step(key)
    title = after.get("title") or known
    lines = after.get("lines") or []
    match event.verb:
        case "completed":
            receipt = after.get("receipt")
            return Sentence(f"completed {title}", told.page("receipt_detail", receipt) if receipt else url)
        case "reopened":
            return Sentence(f"reopened {title}", url, after=after.get("why", ""))
        case "chose":
            return Sentence(f"chose a route in {title}", url, after=told.name("route", after.get("route"), ""))
        case "stated":
            return Sentence(f"stated for {title}: {after.get('text', '')}", url, after=after.get("line", ""))
        case "unlinked":
            what = "a note" if before.get("note") else "a statement"
            return Sentence(f"took {what} away from {title}", url, before.get("line", ""))
        case "documented":
            what = f"{len(lines)} line{'' if len(lines) == 1 else 's'} of {title}" if lines else title
            return Sentence(f"documented {what}", url, after=" · ".join(lines))
        case "asked to waive":
            what = told.name("waiver", after.get("waiver"), "a line")
            return Sentence(f"asked to waive {what} in {title}", url, after=after.get("reason", ""))
    return Sentence(f"{event.verb} {title}", url)


def waiver(event: Event, pk: str, told: Told) -> Sentence:
    what = told.name("waiver", number(pk), "a line")
    answer = event.after.get("answer") or event.after.get("reason", "")
    title, url = told.step(event.after.get("step", ""))
    return Sentence(f"{event.verb} the waiver of {what}{f' in {title}' if title else ''}", url, after=answer)


def task(event: Event, task_number: str, told: Told) -> Sentence:
    before, after = event.before.get("status", "Not Started"), event.after.get("status", "")
    url = told.page("engagement_tasks", at=f"task-{task_number}")
    return Sentence(f"set task {task_number} from {before} to {after}", url, after=event.after.get("reason", ""))


def condition(event: Event, key: str, told: Told) -> Sentence:
    known = told.walk.edition.conditions.get(key)
    question = event.after.get("question") or (known.question if known else key)
    about = told.name("service", event.after.get("service"), "")
    said = f"answered {_answer(event.after.get('answer'))} to “{question}”" + (f" for {about}" if about else "")
    before = event.before.get("answer", "unknown")
    return Sentence(said, before="" if before == "unknown" else _answer(before), after=event.after.get("why", ""))


def key_output(event: Event, _: str, told: Told) -> Sentence:
    said = f"confirmed a key output: {event.after.get('line', '')}"
    return Sentence(said, told.page("engagement_state"), after=event.after.get("text", ""))


def _answer(said: str | None) -> str:
    return {"yes": "yes", "no": "no"}.get(said or "", "not known")
