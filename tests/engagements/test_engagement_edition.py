"""Moving an engagement to a newer edition: what is carried, what is named before one confirms (DESIGN §4)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from engagements.models import Confirmation, Event, Evidence, RouteChoice, StepRun, Waiver
from engagements.selectors.verification import judged_receipts
from engagements.services import conditions, editions, exits, steps, summaries, tasks, waivers
from engagements.services.refusals import Refused
from engagements.walk import load_walk
from playbook.compiled import compile_edition, forget_compiled
from tests import factories as make
from tests.engagements.test_steps import write

TODAY = timezone.localdate()


def fill(edition, *, meet="The customer agreed", route="Own partner", question="Is a partner wanted?", drop=False):
    """A small edition; the next one differs in what is said here."""
    process = make.ProcessFactory(edition=edition, slug="kickoff", title="Kickoff")
    make.ConditionFactory(edition=edition, key="wanted", question=question)
    step = make.StepFactory(process=process, slug="meet", title="Meet")
    line = make.RequirementFactory(step=step, key="agreed", text=meet)
    stated = make.RequirementFactory(step=step, key="there", text="An SME is there", checks=["attest"])
    waived = make.RequirementFactory(step=step, key="deck", text="The deck was shown")
    group = make.RequirementFactory(step=step, key="route", text="One of these", rule="one of", checks=[])
    chosen = make.RequirementFactory(step=step, key="own", parent=group, text=route)
    make.RequirementFactory(step=step, key="other", parent=group, text="Another partner")
    make.ListingFactory(step=step, task__number=983)
    key_output = make.RequirementFactory(
        step=None, process=process, section="key_output", key="known", text="They know the way", checks=["attest"]
    )
    made = {"step": step, "line": line, "stated": stated, "waived": waived, "group": group, "route": chosen}
    if not drop:
        made["gone"] = make.StepFactory(process=process, slug="greet", title="Greet")
    return made | {"key_output": key_output, "process": process}


@pytest.fixture
def old(engagement):
    return fill(engagement.edition)


@pytest.fixture
def publish(engagement):
    """Publishes a next edition that differs in what is said."""

    def make_edition(**differs):
        type(engagement.edition).objects.update(status="retired")
        edition = make.EditionFactory(name="Edition next", status="published")
        made = fill(edition, **differs)
        forget_compiled()
        return edition, made

    return make_edition


@pytest.fixture
def worked(engagement, owner, manager, old):
    """Something of everything was given in the engagement."""
    at = {"engagement_id": engagement.pk, "by": owner, "today": TODAY}
    place = at | {"step_key": old["step"].key}
    write(engagement, owner, old["step"], [old["line"].pk, old["route"].pk])
    steps.choose_route(**place, group=old["group"].pk, route=old["route"].pk)
    steps.state_line(**place, requirement=old["stated"].pk, text="Nils is there")
    waiver = waivers.ask_waiver(**place, requirement=old["waived"].pk, reason="They know it")
    waivers.decide_waiver(waiver_id=waiver.pk, by=manager, today=TODAY, grant=True)
    conditions.answer_condition(**at, key="wanted", said="yes")
    tasks.set_task_status(**at, number=983, status="Complete")
    key_output = compile_edition(engagement.edition).phases[0].processes[0].key_outputs[0]
    exits.confirm_key_output(engagement_id=engagement.pk, line=key_output, text="Said so", by=owner, today=TODAY)
    write(engagement, owner, old["gone"])
    return steps.complete_step(**place)


@pytest.fixture
def url(engagement):
    return reverse("engagement_edition", args=[engagement.pk])


def words(response) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def move(engagement, edition, by):
    return editions.move_edition(engagement_id=engagement.pk, edition=edition, by=by, today=TODAY)


def test_a_stranger_gets_404_and_a_reader_403(client, url, stranger, leader):
    for user, status in ((stranger, 404), (leader, 403)):
        client.force_login(user)
        assert client.get(url).status_code == status
        assert client.post(url).status_code == status


def test_on_the_newest_there_is_nothing_to_move_to(client, url, owner, old):
    client.force_login(owner)
    assert "This is the newest edition" in words(client.get(url))
    assert client.post(url).status_code == 422


def test_everything_is_carried_where_the_words_are_the_same(engagement, owner, worked, publish):
    edition, new = publish()
    move(engagement, edition, owner)
    run = StepRun.objects.get(step=new["step"])
    assert {row.requirement for row in run.evidence.all()} == {new["line"], new["route"], new["stated"]}
    assert Waiver.objects.get().requirement == new["waived"]
    choice = RouteChoice.objects.get()
    assert (choice.group, choice.route) == (new["group"], new["route"])
    assert Confirmation.objects.get().requirement == new["key_output"]
    place = load_walk(engagement.pk, TODAY).place("kickoff/meet")
    assert place.receipt == worked
    assert place.verdict.passed
    assert place.walk.task_state(983)[0] == "Complete"
    assert place.walk.facts.answers["wanted", None] == "yes"
    assert list(summaries.wrong_rows()) == []


def test_receipts_keep_the_edition_they_were_given_on(engagement, owner, worked, publish):
    worked.refresh_from_db()
    was, kept = engagement.edition.name, worked.gate_input
    move(engagement, publish()[0], owner)
    worked.refresh_from_db()
    assert (worked.edition_name, worked.gate_input) == (was, kept)
    assert [why for _, why in judged_receipts() if why] == []


def test_other_punctuation_is_the_same_line(client, url, engagement, owner, worked, publish):
    publish(meet="The customer agreed.")
    client.force_login(owner)
    assert client.get(url).context["preview"]["left"] == []


def test_what_cannot_be_carried_is_named_before_one_confirms(client, url, engagement, owner, worked, publish):
    publish(meet="The customer signed", route="A partner of their own", question="Who helps?", drop=True)
    client.force_login(owner)
    page = client.get(url)
    left = [str(one) for one in page.context["preview"]["left"]]
    day = f"{timezone.now():%-d %b %Y}"
    assert left == [
        f"Meet: the note of {day} for “The customer agreed”: its words are different there.",
        f"Meet: the note of {day} for “Own partner”: its words are different there.",
        "Meet: the route that was chosen for “Own partner”: its words are different there.",
        f"Greet: the note of {day}: Edition next does not have this step.",
        "Questions: the answer yes for “Is a partner wanted?”: it asks “Who helps?” there.",
    ]
    assert [row["about"] for row in page.context["preview"]["shaken"]] == ["Meet"]
    said = words(page)
    assert "Greet leaves the playbook: Edition next does not have it." in said
    assert "There is no way back" in said
    assert page.content.decode().count("b-main") == 1
    engagement.refresh_from_db()
    assert engagement.edition.name != "Edition next"


def test_what_stays_behind_is_kept_and_holds_nothing(client, url, engagement, owner, worked, publish):
    edition, _ = publish(meet="The customer signed", question="Who helps?", drop=True)
    client.force_login(owner)
    assert client.post(url, {"edition": edition.pk}).url == reverse("engagement_state", args=[engagement.pk])
    walk = load_walk(engagement.pk, TODAY)
    place = walk.place("kickoff/meet")
    assert place.receipt == worked
    assert place.is_shaken
    assert walk.facts.answers["wanted", None] == "unknown"
    assert Evidence.objects.filter(requirement__text="The customer agreed").exists()
    assert StepRun.objects.filter(step__slug="greet").exists()
    event = Event.objects.first()
    assert (event.verb, event.after["edition"], event.after["left_count"]) == ("moved", "Edition next", 3)


def test_the_pages_of_what_is_gone_still_open(client, engagement, owner, worked, publish):
    at = {"engagement_id": engagement.pk, "by": owner, "today": TODAY}
    receipt = steps.complete_step(**at, step_key="kickoff/greet")
    move(engagement, publish(drop=True)[0], owner)
    client.force_login(owner)
    for name in ("engagement_detail", "engagement_history", "engagement_notes", "engagement_tasks", "engagement_state"):
        assert client.get(reverse(name, args=[engagement.pk])).status_code == 200
    for note in engagement.notes.all():
        assert client.get(reverse("note_detail", args=[engagement.pk, note.pk])).status_code == 200
    page = client.get(reverse("receipt_detail", args=[engagement.pk, receipt.pk]))
    assert page.status_code == 200
    assert "Greet" in words(page)


def test_the_preview_says_what_the_move_then_does(client, url, engagement, owner, worked, publish):
    edition, _ = publish(meet="The customer signed", drop=True)
    client.force_login(owner)
    then = client.get(url).context["preview"]["progress"][1]
    move(engagement, edition, owner)
    places = [place for place in load_walk(engagement.pk, TODAY).places if place.applies]
    assert then == f"{sum(place.is_done for place in places)} of {len(places)} step"


def test_an_edition_published_meanwhile_is_looked_at_first(client, url, engagement, owner, worked, publish):
    edition, _ = publish()
    type(edition).objects.filter(pk=edition.pk).update(status="retired")
    make.EditionFactory(name="Edition last", status="published")
    client.force_login(owner)
    answer = client.post(url, {"edition": edition.pk})
    assert answer.status_code == 422
    assert "Another edition was published meanwhile." in words(answer)


def test_a_refused_move_leaves_everything_where_it_was(engagement, owner, worked, publish):
    edition, _ = publish()
    type(engagement).objects.update(status="closed", closed_on=TODAY)
    with pytest.raises(Refused):
        move(engagement, edition, owner)
    assert not StepRun.objects.filter(step__process__edition=edition).exists()


def test_queries_of_the_preview_do_not_grow_with_the_work(
    client, url, engagement, owner, old, worked, publish, django_assert_num_queries
):
    publish(drop=True)
    client.force_login(owner)
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    once = len(few)
    for n in range(6):
        step = make.StepFactory(process=old["process"], slug=f"more-{n}")
        line = make.RequirementFactory(step=step)
        forget_compiled()
        write(engagement, owner, step, [line.pk], body=f"Note {n}")
    client.get(url)
    with django_assert_num_queries(once):
        client.get(url)
