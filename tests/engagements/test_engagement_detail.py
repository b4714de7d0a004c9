"""The workspace of an engagement: what now, what is left, why a step is not there, and for whom."""

import datetime as dt
import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from engagements.models import Engagement
from engagements.services import conditions, steps, tasks
from playbook.compiled import forget_compiled
from tests import factories as make
from tests.engagements.test_steps import write

TODAY = timezone.localdate()
# Session, user and groups; the engagement as walked; then header, team, next actions and latest note.
QUERIES = 17


@pytest.fixture
def phase(engagement):
    return make.PhaseFactory(edition=engagement.edition, name="Assess", position=6)


@pytest.fixture
def process(engagement, phase):
    return make.ProcessFactory(edition=engagement.edition, phase=phase, slug="acm", title="Talk about adoption")


@pytest.fixture
def first(process):
    step = make.StepFactory(process=process, slug="meet", title="Meet the customer")
    make.RequirementFactory(step=step, text="The verbal agreement (by voice is enough) is written down")
    make.RequirementFactory(step=step, text="Engagement Management note documents the route taken")
    make.ListingFactory(step=step, task__number=983, task__name="QuickLeads")
    return step


@pytest.fixture
def second(process):
    """A step of the engineer, in the same process."""
    step = make.StepFactory(process=process, slug="gaps", title="Close the gaps", roles=["FastTrack Engineer"])
    make.RequirementFactory(step=step, text="Every gap has an owner")
    return step


@pytest.fixture
def page(client, engagement):
    def get(user, **query):
        client.force_login(user)
        return client.get(reverse("engagement_detail", args=[engagement.pk]), query)

    return get


def text(response) -> str:
    """The page as a person reads it: without tags, white space folded."""
    return " ".join(unescape(strip_tags(response.content.decode().replace("<", " <"))).split()).replace(" .", ".")


def complete(engagement, step, by):
    lines = list(step.requirements.values_list("pk", flat=True))
    write(engagement, by, step, lines)
    for listing in step.listings.select_related("task"):
        number = listing.task.number
        tasks.set_task_status(engagement_id=engagement.pk, number=number, status="Complete", by=by, today=TODAY)
    return steps.complete_step(engagement_id=engagement.pk, step_key=step.key, by=by, today=TODAY)


# Who sees it ------------------------------------------------------------------------------------------


def test_a_stranger_gets_404(page, stranger, first):
    assert page(stranger).status_code == 404


def test_a_reader_sees_the_steps_and_no_controls(page, leader, first):
    response = page(leader)
    assert "Meet the customer" in text(response)
    assert "New note" not in text(response)
    assert b"open-step" not in response.content
    assert "More actions" not in response.content.decode()


def test_a_partner_sees_title_and_state_but_not_the_words_of_an_internal_step(page, partner, process, first):
    process.audience = "internal"
    process.save()
    said = text(page(partner, role="all"))
    assert "Meet the customer" in said
    assert "3 of 3 left" in said
    assert "verbal agreement" not in said


def test_a_partner_reads_the_steps_of_partner_pages(page, partner, process, first):
    process.audience = "partner"
    process.save()
    assert "verbal agreement" in text(page(partner, role="all"))


# What now ---------------------------------------------------------------------------------------------


def test_the_next_step_of_my_roles_is_the_one_filled_button(page, owner, first, second):
    html = page(owner).content.decode()
    assert html.count("b-main") == 1
    assert (
        f'href="/engagements/{page(owner).context["header"]["engagement"].pk}/steps/acm/meet/" id="open-step"' in html
    )
    assert html.count("is-next") == 1


def test_an_earlier_step_of_somebody_else_is_named_with_the_person(page, colleague, owner, first, second):
    said = text(page(colleague))
    assert "before it, Meet the customer waits for Ana (FastTrack Manager)" in said
    assert page(colleague).context["header"]["next"]["name"] == "Close the gaps"


def test_a_row_says_what_is_left_in_a_few_words(page, owner, first):
    assert "3 of 3 left: The verbal agreement, the route taken, task 983" in text(page(owner))


def test_the_next_action_comes_first_with_its_day(page, owner, engagement, first):
    make.NextActionFactory(engagement=engagement, text="Call Priya", owner=owner, due_on=TODAY - dt.timedelta(1))
    make.NextActionFactory(engagement=engagement, text="Later", owner=owner, due_on=TODAY + dt.timedelta(3))
    said = text(page(owner))
    assert "overdue since" in said
    assert said.index("Call Priya") < said.index("Later")


def test_a_next_action_is_marked_done_where_it_stands_and_the_following_one_comes(
    client, page, owner, leader, engagement, first
):
    for name, days in (("Call Priya", -1), ("Send the deck", 3)):
        make.NextActionFactory(engagement=engagement, text=name, owner=owner, due_on=TODAY + dt.timedelta(days))
    filtered = {"state": "open"}
    html = page(owner, **filtered).content.decode()
    form = re.search(r'<form method="post" action="(/next-actions/\d+/)".*?name="next" value="([^"]+)"', html, re.S)
    back = client.post(form[1], {"done": "1", "next": unescape(form[2])})
    assert back.url == reverse("engagement_detail", args=[engagement.pk]) + "?state=open#next-action"
    said = client.get(back.url)
    assert "Done: Call Priya" in text(said)
    assert f'action="{form[1]}?undo=1"' in said.content.decode()
    assert said.context["header"]["next"]["action"] == "Send the deck"
    assert "Mark done" not in text(page(leader))


def test_with_nothing_promised_the_header_asks_what_comes_next(page, owner, leader, first):
    assert "Nothing is promised next." in text(page(owner))
    assert "Add next action" in text(page(owner))
    assert "Nothing is promised next." in text(page(leader))
    assert "Add next action" not in text(page(leader))


def test_a_parked_and_a_closed_engagement_say_so_on_top(page, owner, engagement, first):
    Engagement.objects.update(status="parked", parked_until=TODAY + dt.timedelta(9), parked_reason="Waits for budget")
    assert "Waits for budget" in text(page(owner))
    Engagement.objects.update(status="closed", closed_on=TODAY, outcome="Everything enabled")
    said = text(page(owner))
    assert "Everything enabled" in said
    assert "New note" not in said


# Phases -----------------------------------------------------------------------------------------------


def test_the_rail_counts_says_blocked_and_names_what_the_model_leaves_out(page, owner, engagement, first, second):
    make.PhaseFactory(edition=engagement.edition, name="Presales", position=1)
    make.PhaseFactory(edition=engagement.edition, name="Migrate", position=9)
    engagement.model.phases_left_out = ["Presales"]
    engagement.model.save()
    listing = make.ListingFactory(step=second, task__number=1699)
    complete(engagement, first, owner)
    tasks.set_task_status(
        engagement_id=engagement.pk,
        number=listing.task.number,
        status="Blocked-Business",
        by=owner,
        today=TODAY,
        reason="Waits for the checklist",
    )
    response = page(owner)
    rail = {row["name"]: row for row in response.context["header"]["rail"]["phases"]}
    assert rail["Presales"]["note"] == "Not in this model"
    assert rail["Migrate"]["note"] == "No step applies"
    assert rail["Assess"]["note"] == "1 of 2, blocked"
    assert response.context["header"]["rail"]["say"] == ", phase 2 of 3: 1 of 2, blocked."
    for slug in ("presales", "migrate", "assess"):
        assert f'id="phase-{slug}"' in response.content.decode()


def test_phases_are_jumps_on_the_workspace_and_links_from_the_other_tabs(client, page, owner, engagement, first):
    assert page(owner).context["header"]["rail"]["phases"][0]["url"] == "#phase-assess"
    history = client.get(reverse("engagement_history", args=[engagement.pk]))
    url = history.context["header"]["rail"]["phases"][0]["url"]
    assert url == f"{reverse('engagement_detail', args=[engagement.pk])}#phase-assess"


def test_a_blocked_step_shows_the_literal_status_and_its_reason(page, owner, engagement, first):
    tasks.set_task_status(
        engagement_id=engagement.pk, number=983, status="Blocked-Other", by=owner, today=TODAY, reason="No partner yet"
    )
    said = text(page(owner))
    assert "Task 983 is blocked: No partner yet" in said
    assert "State Blocked-Other" in said
    assert "Task 983 is Blocked-Other since today." in said


# What does not apply ----------------------------------------------------------------------------------


def test_steps_that_do_not_apply_come_last_each_with_its_reason_and_kind(page, owner, process, first):
    make.StepFactory(process=process, title="Health review", motions=["customer-health"])
    make.StepFactory(process=process, title="Yammer only", applies_to=["Yammer"])
    said = text(page(owner))
    assert said.index("Meet the customer 3 of 3") < said.index("Does not apply 2 steps") < said.index("Health review")
    assert "Customer Health only; this engagement runs RFA." in said
    assert "Yammer is not in scope." in said
    assert "1 of 1 step · 2 do not apply why" in said


def test_a_service_that_a_condition_takes_out_is_said_in_place(page, owner, engagement, process):
    teams = engagement.services.get(name="Teams")
    make.ConditionFactory(
        edition=engagement.edition,
        key="csm-leads",
        scope="service",
        yes="the CSM runs it",
        question="Does the CSM lead?",
    ).services.set([teams])
    make.StepFactory(process=process, title="Check in", when="not csm-leads")
    said = text(page(owner))
    assert "Not answered yet: Does the CSM lead? (Teams)" in said
    conditions.answer_condition(
        engagement_id=engagement.pk, key="csm-leads", said="yes", by=owner, today=TODAY, service_id=teams.pk
    )
    said = text(page(owner))
    assert "Does not apply to Teams: the CSM runs it. Still applies to Exchange." in said
    assert "Not answered yet" not in said


def test_an_unanswered_question_leads_to_the_step_that_depends_on_it(page, owner, engagement, process):
    make.ConditionFactory(edition=engagement.edition, key="partner-wanted", question="Is a partner wanted?")
    make.StepFactory(process=process, slug="ask", when="partner-wanted")
    assert f"/engagements/{engagement.pk}/steps/acm/ask/#ask-partner-wanted" in page(owner).content.decode()


# What was done ----------------------------------------------------------------------------------------


def test_a_completed_step_that_no_longer_holds_says_so(page, owner, engagement, first):
    complete(engagement, first, owner)
    assert "State Complete" in text(page(owner))
    tasks.set_task_status(engagement_id=engagement.pk, number=983, status="In Progress", by=owner, today=TODAY)
    said = text(page(owner))
    assert "No longer holds: task 983" in said
    assert "State Needs another look" in said
    assert "Meet the customer is complete, but no longer holds." in said


def test_a_service_added_later_is_said_at_the_completed_step(page, owner, engagement, first):
    complete(engagement, first, owner)
    engagement.services.add(make.ServiceFactory(name="SharePoint"))
    assert "Completed before SharePoint was added" in text(page(owner))


def test_a_step_that_relied_on_a_reopened_one_needs_another_look(page, owner, engagement, process, first):
    later = make.StepFactory(process=process, slug="later", title="Go on")
    make.RequirementFactory(step=later, section="input", checks=[f"step:{first.key}"])
    receipt = complete(engagement, first, owner)
    steps.complete_step(engagement_id=engagement.pk, step_key=later.key, by=owner, today=TODAY)
    steps.reopen_step(receipt_id=receipt.pk, by=owner, today=TODAY, why="They changed their mind")
    assert "Needs another look: Meet the customer was reopened: They changed their mind" in text(page(owner))


def test_core_onboarding_done_in_another_engagement_counts_with_its_date(page, owner, engagement, process):
    core = make.StepFactory(process=process, slug="core", title="Set up the tenant", applies_to=["Core Onboarding"])
    other = make.EngagementFactory(tenant=engagement.tenant, edition=engagement.edition, services=["Yammer"])
    write(other, owner, core)
    steps.complete_step(engagement_id=other.pk, step_key=core.key, by=owner, today=dt.date(2026, 2, 3))
    assert f"Done for this tenant in engagement {other.pk}, 3 Feb 2026" in text(page(owner))


# Filters ----------------------------------------------------------------------------------------------


def test_my_role_is_shown_first_and_all_roles_on_request(page, owner, first, second):
    assert "Close the gaps" not in text(page(owner))
    assert "1 of 2 steps" in text(page(owner))
    assert "Waits for anybody" not in text(page(owner, role="all"))
    assert "Waits for FastTrack Engineer" in text(page(owner, role="all"))


@pytest.mark.parametrize("query", ["quick", "983", "VERBAL agreement", "meet"])
def test_text_finds_titles_task_numbers_names_and_requirements(page, owner, first, second, query):
    said = text(page(owner, role="all", q=query))
    assert "1 of 2 steps" in said


def test_state_and_service_narrow_the_list(page, owner, engagement, process, first):
    only = make.StepFactory(process=process, title="Only for Teams", applies_to=["Teams"])
    exchange = engagement.services.get(name="Exchange")
    assert only.title not in text(page(owner, service=exchange.pk))
    complete(engagement, first, owner)
    assert "1 of 2 steps" in text(page(owner, state="complete"))


def test_no_hit_names_the_filter_that_hides(page, owner, second):
    response = page(owner)
    assert "The role hides 1 step that the other filters find." in text(response)
    assert "Show all roles" in text(response)
    assert "Close the gaps" in text(page(owner, role="all"))


def test_an_unknown_filter_shows_more_and_never_an_error(page, owner, first):
    response = page(owner, role="Pirate", service="x", state="lost")
    assert response.status_code == 200
    assert "Meet the customer" in text(response)


def test_htmx_gets_the_list_and_the_count_alone(client, page, owner, engagement, first):
    client.force_login(owner)
    url = reverse("engagement_detail", args=[engagement.pk])
    html = client.get(url, {"q": "meet"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert 'id="steps"' in html
    assert 'id="steps-count" hx-swap-oob="true"' in html
    restored = client.get(url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert b"<html" in restored.content


# Processes --------------------------------------------------------------------------------------------


def test_the_current_process_comes_first_and_finished_ones_last(page, owner, engagement, phase, process, first):
    following = make.ProcessFactory(edition=engagement.edition, phase=phase, slug="next", title="Then this")
    make.StepFactory(process=following, title="Another step")
    complete(engagement, first, owner)
    titles = [one["title"] for one in page(owner).context["processes"]]
    assert titles == ["Then this", "Talk about adoption"]


def test_key_outputs_mark_the_exit_and_block_nothing(page, owner, engagement, process, first):
    line = {"process": process, "step": None, "section": "key_output"}
    make.RequirementFactory(**line, text="Task 983 is through", checks=["task:983"])
    make.RequirementFactory(**line, text="The customer knows the way", checks=["attest"])
    assert "Key outputs: 0 of 2 hold, 1 to be confirmed" in text(page(owner))
    complete(engagement, first, owner)
    assert "Key outputs: 1 of 2 hold, 1 to be confirmed" in text(page(owner))


# Beside -----------------------------------------------------------------------------------------------


def test_the_side_names_risks_dates_people_and_the_latest_note(page, owner, colleague, engagement, first):
    exchange = engagement.tenant.services.get(service__name="Exchange")
    make.AdoptionRecordFactory(tenant_service=exchange, due_on=TODAY + dt.timedelta(5))
    engagement.tenant.csm = make.ContactFactory(customer=engagement.tenant.customer, name="Nils Berg")
    engagement.tenant.save()
    write(engagement, owner, body="Priya confirmed the trainers.")
    said = text(page(owner))
    assert "Teams lacks a due date, intent, a business reason and a success owner." in said
    assert "Due date, Exchange" in said
    assert "Ana FastTrack Manager, primary Sam FastTrack Engineer Nils Berg CSM" in said
    assert "Priya confirmed the trainers." in said
    assert "1 of 2 complete" in said


def test_dibs_say_which_letter_is_missing_where(page, owner, engagement, first):
    for row in engagement.tenant.services.all():
        record = make.AdoptionRecordFactory(tenant_service=row)
    record.due_on = None
    record.save()
    assert f"DIBS 3 of 4, missing: due date of {row.service.name}" in page(owner).content.decode()


# Cost -------------------------------------------------------------------------------------------------


def test_queries_do_not_grow_with_steps_notes_or_people(
    page, owner, engagement, process, first, django_assert_num_queries
):
    complete(engagement, first, owner)
    page(owner)
    with django_assert_num_queries(QUERIES):
        page(owner)
    for n in range(8):
        step = make.StepFactory(process=process, slug=f"more-{n}")
        make.RequirementFactory(step=step)
        make.ListingFactory(step=step)
        colleague = make.AssignmentFactory(tenant=engagement.tenant).user
        note, _ = write(engagement, colleague, body=f"Note {n}")
        make.NextActionFactory(engagement=engagement, owner=colleague)
        make.ContactFactory(customer=engagement.tenant.customer)
    forget_compiled()
    page(owner)
    complete(engagement, step, owner)
    with django_assert_num_queries(QUERIES):
        page(owner, role="all")
