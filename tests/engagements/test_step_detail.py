"""The step page: what it asks for, the note beside it, refusals, races and readers."""

import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse

from engagements.models import Event, Evidence, Note, Receipt, RouteChoice, TaskRecord, Waiver
from engagements.services import steps
from tests import factories as make


@pytest.fixture
def step(engagement):
    process = make.ProcessFactory(edition=engagement.edition, slug="acm-conversation", title="ACM Conversation")
    return make.StepFactory(process=process, slug="request-a-partner", title="Request a Partner")


@pytest.fixture
def lines(step):
    return [
        make.RequirementFactory(step=step, section="input", text="The customer lacks bandwidth"),
        make.RequirementFactory(step=step, section="output", text="The customer saw the presentation"),
    ]


def url(engagement, step, name="step_detail", *args):
    return reverse(name, args=[engagement.pk, step.process.slug, step.slug, *args])


def composed(**values):
    return {"token": str(uuid.uuid4()), "category": "engagement-management", "body": "We met."} | values


def test_it_lists_inputs_outputs_and_what_is_left(client, engagement, owner, step, lines):
    client.force_login(owner)
    page = client.get(url(engagement, step))
    text = page.content.decode()
    assert text.index("The customer lacks bandwidth") < text.index("The customer saw the presentation")
    assert "2 of 2 left" in text
    assert page.context["gate"]["state"] == "open"


def test_a_note_documents_the_ticked_lines_and_says_what_is_left(client, engagement, owner, step, lines):
    client.force_login(owner)
    answer = client.post(
        url(engagement, step, "step_note"), composed(documents=[lines[0].pk]), headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert Evidence.objects.get().requirement == lines[0]
    assert "1 of 2 left" in answer.headers["HX-Trigger"]
    assert f"#line-{lines[1].pk}" in answer.headers["HX-Trigger"]


def test_a_note_of_the_step_shows_what_it_promised_and_where_to_say_that_it_is_done(
    client, engagement, owner, leader, step, lines
):
    client.force_login(owner)
    due = dt.date.today() + dt.timedelta(days=7 - dt.date.today().weekday())
    promise = composed(next_action="Send the agenda", next_on=due, next_owner=owner.pk, documents=[lines[0].pk])
    client.post(url(engagement, step, "step_note"), promise)
    page = client.get(url(engagement, step)).content.decode()
    assert "Next: Send the agenda" in page
    assert "Done, or another day" in page
    client.force_login(leader)
    assert "Done, or another day" not in client.get(url(engagement, step)).content.decode()


def test_a_message_brings_no_empty_button(client, engagement, owner, step, lines):
    client.force_login(owner)
    asked = {"what": f"line-{lines[0].pk}", "reason": "No partner here"}
    page = client.post(url(engagement, step, "waiver_ask"), asked, follow=True).content.decode()
    toast = (
        page[page.index("data-toast") : page.index("Waiver requested.")] + page[page.index("Waiver requested.") :][:300]
    )
    assert "href" not in toast


def test_completing_an_open_step_is_refused_with_the_blockers_and_nothing_is_written(
    client, engagement, owner, step, lines
):
    client.force_login(owner)
    answer = client.post(url(engagement, step, "step_complete"))
    assert answer.status_code == 409
    assert "Not completed: 2 left" in answer.content.decode()
    assert not Receipt.objects.exists()
    assert not Event.objects.filter(verb="completed").exists()


def test_a_documented_step_completes_to_its_receipt_and_offers_the_next(client, engagement, owner, step, lines):
    following = make.StepFactory(process=step.process, slug="after", title="After it")
    client.force_login(owner)
    client.post(url(engagement, step, "step_note"), composed(documents=[line.pk for line in lines]))
    answer = client.post(url(engagement, step, "step_complete"), follow=True)
    text = answer.content.decode()
    assert "Completed by Ana" in text
    assert following.title in text
    assert "Start next step" in text
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize("typed", ["9830", "no number", "９８３", "99999999999"])
def test_an_unknown_task_number_is_said_beside_the_field_and_the_text_is_kept(
    client, engagement, owner, step, lines, typed
):
    client.force_login(owner)
    answer = client.post(
        url(engagement, step, "step_note"),
        composed(task=typed, body="All that I typed", documents=[lines[0].pk]),
        headers={"HX-Request": "true"},
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Value is not a valid Task Id." in text
    assert "All that I typed" in text
    assert f'value="{lines[0].pk}"' in text
    assert answer.context["inputs"][0]["state"] == "note"
    assert not Note.objects.exists()


def test_two_clicks_on_save_keep_one_note(client, engagement, owner, step, lines):
    client.force_login(owner)
    form = composed(documents=[lines[0].pk])
    client.post(url(engagement, step, "step_note"), form)
    client.post(url(engagement, step, "step_note"), form)
    assert Note.objects.count() == 1


def test_a_line_of_another_step_cannot_be_ticked(client, engagement, owner, step, lines):
    foreign = make.RequirementFactory(text="Elsewhere")
    client.force_login(owner)
    answer = client.post(url(engagement, step, "step_note"), composed(documents=[foreign.pk]))
    assert answer.status_code == 422
    assert not Note.objects.exists()


def test_a_route_is_taken_and_the_ticks_of_the_unsaved_note_stay(client, engagement, owner, step, lines):
    group = make.RequirementFactory(step=step, text="The routes", rule="one of", checks=[])
    own = make.RequirementFactory(step=step, parent=group, text="Own partner")
    quick = make.RequirementFactory(step=step, parent=group, text="QuickLeads", checks=[])
    mail = make.RequirementFactory(step=step, parent=quick, text="Referral e-mail provided")
    client.force_login(owner)
    answer = client.post(
        url(engagement, step, "step_route"),
        {"group": group.pk, "route": quick.pk, "documents": [lines[0].pk]},
        headers={"HX-Request": "true"},
    )
    assert RouteChoice.objects.get().route == quick
    assert answer.context["inputs"][0]["state"] == "note"
    routes = answer.context["outputs"][1]["group"]["routes"]
    assert [route["state"] for route in routes] == ["open", "chosen"]
    assert answer.context["gate"]["blockers"][-1]["url"] == f"#line-{mail.pk}"
    client.post(url(engagement, step, "step_note"), composed(**{f"documents-group-{group.pk}": own.pk}))
    assert Evidence.objects.filter(requirement=own).exists()


def test_a_question_is_asked_where_it_matters_and_no_takes_the_step_out(client, engagement, owner, step, lines):
    make.ConditionFactory(edition=engagement.edition, key="partner-wanted", question="Is a partner wanted?")
    step.when = "partner-wanted"
    step.save()
    client.force_login(owner)
    asked = client.get(url(engagement, step)).context["asks"]
    assert [ask["text"] for ask in asked] == ["Is a partner wanted?"]
    answer = client.post(
        asked[0]["url"], {"answer": "no", "why": "They have their own team"}, headers={"HX-Request": "true"}
    )
    assert answer["HX-Redirect"] == url(engagement, step)  # its composer and gate bar leave the page with it
    page = client.get(url(engagement, step))
    assert page.context["gate"] is None
    assert "does not apply here" in page.content.decode()
    assert "They have their own team" in page.content.decode()


def test_a_mandatory_task_alone_left_is_completed_with_the_step(client, engagement, owner, step, lines):
    listing = make.ListingFactory(step=step, task__number=4047)
    client.force_login(owner)
    client.post(url(engagement, step, "step_note"), composed(documents=[line.pk for line in lines]))
    assert client.get(url(engagement, step)).context["gate"]["extra"]["label"] == "Complete 4047 and the step"
    client.post(url(engagement, step, "step_complete"), {"with_tasks": "1"})
    assert Receipt.objects.exists()
    assert TaskRecord.objects.get(task=listing.task).status == "Complete"
    receipt = client.get(url(engagement, step))
    task = receipt.content.decode().partition('<li class="task">')[2].partition("</li>")[0]
    assert re.search(r's-done".*Complete</span>$', task, re.S)


def test_a_task_does_not_complete_before_the_checklists_of_its_step(client, engagement, owner, step, lines):
    listing = make.ListingFactory(step=step, task__number=4047)
    client.force_login(owner)
    address = reverse("task_status", args=[engagement.pk, 4047]) + f"?step={step.process.slug}/{step.slug}"
    answer = client.post(address, {"status": "Complete"}, headers={"HX-Request": "true"})
    assert "Task 4047 closes with its step" in answer.content.decode()
    assert not TaskRecord.objects.filter(task=listing.task).exists()
    answer = client.post(address, {"status": "In Progress"}, headers={"HX-Request": "true"})
    assert "undo" in answer.headers["HX-Trigger"]
    assert TaskRecord.objects.get().status == "In Progress"


def test_a_manager_grants_what_the_owner_asked_to_waive(client, engagement, owner, manager, step, lines):
    client.force_login(owner)
    client.post(url(engagement, step, "waiver_ask"), {"what": f"line-{lines[0].pk}", "reason": "Known from presales"})
    waiver = Waiver.objects.get()
    assert client.post(reverse("waiver_decide", args=[waiver.pk]), {"decision": "grant"}).status_code == 403
    client.force_login(manager)
    client.post(reverse("waiver_decide", args=[waiver.pk]), {"decision": "grant"})
    waiver.refresh_from_db()
    assert waiver.decision == "granted"
    client.force_login(owner)
    page = client.get(url(engagement, step))
    assert page.context["inputs"][0]["state"] == "waived"
    assert "Known from presales" in page.content.decode()


def test_a_wrong_link_is_removed_and_the_note_stays(client, engagement, owner, step, lines):
    client.force_login(owner)
    client.post(url(engagement, step, "step_note"), composed(documents=[lines[0].pk]))
    row = Evidence.objects.get()
    assert client.get(url(engagement, step, "step_evidence") + f"?line={lines[0].pk}").status_code == 200
    client.post(url(engagement, step, "step_unlink", row.pk))
    assert not Evidence.objects.exists()
    assert Note.objects.count() == 1


def test_an_earlier_note_documents_a_line(client, engagement, owner, step, lines):
    note = make.NoteFactory(engagement=engagement)
    client.force_login(owner)
    assert client.get(url(engagement, step, "step_link_note")).status_code == 200
    client.post(url(engagement, step, "step_link_note"), {"note": note.pk, "documents": [lines[0].pk]})
    assert Evidence.objects.get().note == note


def test_a_statement_answers_a_line_that_asks_for_no_note(client, engagement, owner, step):
    line = make.RequirementFactory(step=step, text="SME unassigned", checks=["attest"])
    client.force_login(owner)
    address = url(engagement, step, "step_statement") + f"?line={line.pk}"
    assert client.post(address, {"text": " "}).status_code == 422
    client.post(address, {"text": "Released on Monday"})
    assert Evidence.objects.get().kind == "attestation"


def test_a_completed_step_is_reopened_with_a_reason(client, engagement, owner, step, lines):
    client.force_login(owner)
    client.post(url(engagement, step, "step_note"), composed(documents=[line.pk for line in lines]))
    client.post(url(engagement, step, "step_complete"))
    receipt = Receipt.objects.get()
    address = reverse("step_reopen", args=[engagement.pk, receipt.pk])
    assert client.post(address, {"why": ""}).status_code == 422
    client.post(address, {"why": "Wrong customer"})
    assert client.get(url(engagement, step)).context["gate"]["state"] == "ready"
    kept = client.get(reverse("receipt_detail", args=[engagement.pk, receipt.pk]))
    assert "Wrong customer" in kept.content.decode()


def test_the_second_to_complete_sees_who_was_faster(client, engagement, owner, colleague, step, lines):
    client.force_login(owner)
    client.post(url(engagement, step, "step_note"), composed(documents=[line.pk for line in lines]))
    steps.complete_step(engagement_id=engagement.pk, step_key=step.key, by=owner, today=dt.date(2026, 5, 21))
    client.force_login(colleague)
    answer = client.post(url(engagement, step, "step_complete"), headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "Ana" in answer.content.decode()
    assert Receipt.objects.count() == 1


def test_a_stranger_and_a_step_of_another_edition_get_404(client, engagement, owner, stranger, step, lines):
    client.force_login(stranger)
    assert client.get(url(engagement, step)).status_code == 404
    assert client.post(url(engagement, step, "step_complete")).status_code == 404
    client.force_login(owner)
    other = make.StepFactory()
    assert client.get(url(engagement, other)).status_code == 404


def test_a_reader_sees_what_is_left_and_who_can_complete(client, engagement, owner, leader, step, lines):
    client.force_login(leader)
    page = client.get(url(engagement, step))
    assert page.context["gate"]["state"] == "readonly"
    assert "Ana can complete the step" in page.content.decode()
    assert 'id="composer"' not in page.content.decode()
    assert client.post(url(engagement, step, "step_note"), composed()).status_code == 403


def test_a_partner_reads_neither_guidance_nor_lines_of_an_internal_page(
    client, engagement, owner, partner, step, lines
):
    step.guidance = "Ask the account team first."
    step.save()
    client.force_login(partner)
    text = client.get(url(engagement, step)).content.decode()
    assert "Ask the account team first" not in text
    assert "The customer lacks bandwidth" not in text
    assert "Request a Partner" in text
    client.force_login(owner)
    assert "Ask the account team first" in client.get(url(engagement, step)).content.decode()


def test_queries_do_not_grow_with_notes_lines_or_steps(
    client, engagement, owner, step, lines, django_assert_max_num_queries
):
    client.force_login(owner)
    for _ in range(30):
        make.NoteFactory(engagement=engagement, author=make.UserFactory())
        make.RequirementFactory(step=step)
        make.StepFactory(process=step.process)
    client.post(url(engagement, step, "step_note"), composed(documents=[lines[0].pk]))
    client.get(url(engagement, step))
    with django_assert_max_num_queries(11):  # three of them for the composer
        client.get(url(engagement, step))


@pytest.fixture
def managed_route(engagement, step):
    """A route that is open only where an account team looks after the customer."""
    condition = make.ConditionFactory(
        edition=engagement.edition,
        key="account-managed",
        computed=["account-managed"],
        no="no account team is recorded",
    )
    group = make.RequirementFactory(step=step, text="The routes", rule="one of", checks=[])
    make.RequirementFactory(step=step, parent=group, text="Own partner")
    return make.RequirementFactory(step=step, parent=group, text="The account team searches", when=condition.key)


def fix_of(client, engagement, step, line):
    page = client.get(url(engagement, step))
    items = [item for name in ("inputs", "outputs") for item in page.context[name]]
    routes = [route for item in items for route in item.get("group", {}).get("routes", [])]
    return next(item for item in items + routes if item["id"] == f"line-{line.pk}")["fix"]


def test_a_closed_route_leads_to_the_record_that_would_open_it(client, engagement, owner, leader, step, managed_route):
    customer = engagement.tenant.customer
    customer.account_managed = False
    customer.save()
    client.force_login(owner)
    contacts = reverse("engagement_contacts", args=[engagement.pk])
    assert fix_of(client, engagement, step, managed_route) == {"label": "Add one", "url": f"{contacts}#account-team"}
    assert 'id="account-team"' in client.get(contacts).content.decode()
    client.force_login(leader)
    assert fix_of(client, engagement, step, managed_route) is None


def test_a_line_that_an_answer_closes_leads_to_the_question(client, engagement, owner, step, lines):
    make.ConditionFactory(edition=engagement.edition, key="wanted", question="Is a partner wanted?")
    lines[0].when = "wanted"
    lines[0].save()
    client.force_login(owner)
    asked = client.get(url(engagement, step)).context["asks"]
    client.post(asked[0]["url"], {"answer": "no", "why": "Own team"}, headers={"HX-Request": "true"})
    fix = fix_of(client, engagement, step, lines[0])
    assert fix == {"label": "Change the answer", "url": "#ask-wanted"}
    assert 'id="ask-wanted"' in client.get(url(engagement, step)).content.decode()


def test_a_line_for_a_service_that_is_not_enabled_leads_to_that_service(client, engagement, owner, step, lines):
    teams = engagement.services.get(name="Teams")
    condition = make.ConditionFactory(edition=engagement.edition, key="live", scope="service", computed=["enabled"])
    condition.services.set([teams])
    lines[0].when = "live"
    lines[0].save()
    client.force_login(owner)
    fix = fix_of(client, engagement, step, lines[0])
    page = client.get(fix["url"].partition("#")[0])
    assert fix["url"].endswith(f"#service-{teams.pk}")
    assert page.context["enabling"] == teams.pk


def test_a_line_that_a_motion_closes_has_no_record_to_change(client, engagement, owner, step, lines):
    make.ConditionFactory(edition=engagement.edition, key="targeting", computed=["motion:targeting"])
    lines[0].when = "targeting"
    lines[0].save()
    client.force_login(owner)
    assert fix_of(client, engagement, step, lines[0]) is None


def test_a_step_that_a_record_closes_leads_to_that_record(client, engagement, owner, leader, step, lines):
    engagement.tenant.csm = make.ContactFactory(customer=engagement.tenant.customer)
    engagement.tenant.save()
    make.ConditionFactory(edition=engagement.edition, key="csm-takes-over", computed=["csm"])
    step.when = "not csm-takes-over"
    step.save()
    client.force_login(owner)
    text = client.get(url(engagement, step)).content.decode()
    contacts = reverse("engagement_contacts", args=[engagement.pk])
    assert f'<a href="{contacts}#account-team">Change the CSM</a>' in text
    client.force_login(leader)
    assert "Change the CSM" not in client.get(url(engagement, step)).content.decode()


def test_an_answered_question_looks_settled_and_says_who_when_and_why(client, engagement, owner, step, lines):
    for line, key in zip(lines, ("wanted", "known"), strict=True):
        make.ConditionFactory(edition=engagement.edition, key=key)
        line.when = key
        line.save()
    client.force_login(owner)
    asked = client.get(url(engagement, step)).context["asks"]
    answer = client.post(asked[0]["url"], {"answer": "yes", "why": "Said in the call"}, headers={"HX-Request": "true"})
    assert '"focus": {"value": "#ask-known"}' in answer["HX-Trigger"]  # the next open question
    settled = answer.context["asks"][1]
    assert (settled["id"], settled["settled"]) == ("ask-wanted", True)
    assert re.fullmatch(r"Yes, Ana, \d+ \w+: “Said in the call”", settled["by"])
    assert answer.content.decode().count('class="ask is-settled"') == 1
    answer = client.post(asked[1]["url"], {"answer": "yes"}, headers={"HX-Request": "true"})
    assert f'"#line-{lines[0].pk}"' in answer["HX-Trigger"]  # no question is open: the next open item
    answer = client.post(asked[0]["url"], {"answer": "no"}, headers={"HX-Request": "true"})
    assert '"#ask-wanted"' in answer["HX-Trigger"]  # who changes an answer stays there


def test_not_known_yet_leaves_a_question_open(client, engagement, owner, step, lines):
    make.ConditionFactory(edition=engagement.edition, key="wanted")
    lines[0].when = "wanted"
    lines[0].save()
    client.force_login(owner)
    asked = client.get(url(engagement, step)).context["asks"]
    answer = client.post(asked[0]["url"], {"answer": "unknown"}, headers={"HX-Request": "true"})
    assert answer.context["asks"][0]["settled"] is False
    assert "is-settled" not in answer.content.decode()
