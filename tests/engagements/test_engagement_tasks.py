"""The Tasks tab: every number with its place in the playbook, why it counts, and its status in place."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from engagements.models import Event, TaskRecord, Waiver
from engagements.walk import load_walk
from playbook.compiled import forget_compiled
from tests import factories as make
from tests.cast import person

NOON = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)
AT_MOST = 9  # queries


@pytest.fixture(autouse=True)
def _on_21_may():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def page(engagement):
    return reverse("engagement_tasks", args=[engagement.pk])


@pytest.fixture
def step(engagement):
    phase = make.PhaseFactory(edition=engagement.edition, name="Initiate", position=5)
    process = make.ProcessFactory(
        edition=engagement.edition, phase=phase, slug="kickoff", title="Conduct Customer Kickoff"
    )
    return make.StepFactory(process=process, slug="meet")


@pytest.fixture
def quickleads(step):
    return make.ListingFactory(step=step, task=make.FtopTaskFactory(number=983, name="QuickLeads"), mandatory=False)


@pytest.fixture
def kickoff(step):
    task = make.FtopTaskFactory(number=994, name="Conduct Kickoff Meeting(s)")
    return make.ListingFactory(step=step, task=task, roles=["FastTrack Engineer"])


@pytest.fixture
def intune(step):
    """Applies only to a service that is not in scope."""
    return make.ListingFactory(step=step, task=make.FtopTaskFactory(number=3278, name="Pitch"), services=["Intune"])


def text(response):
    return " ".join(response.content.decode().split())


def numbers(response):
    shown = text(response)
    return [number for number in (983, 994, 3278) if f'id="task-{number}"' in shown]


def test_each_number_says_where_it_stands_and_whether_it_counts(client, owner, engagement, page, quickleads, kickoff):
    client.force_login(owner)
    shown = text(client.get(page))
    assert "Initiate</h2>" in shown
    link = reverse("step_detail", args=[engagement.pk, "kickoff", "meet"])
    assert f'Conduct Customer Kickoff: <a href="{link}">Meet</a>' in shown
    assert "Optional." in shown
    assert "Mandatory here." in shown
    assert f'hx-post="{reverse("task_status", args=[engagement.pk, 983])}"' in shown
    assert "2 tasks" in shown


def test_a_number_of_two_steps_stands_once_with_both(client, owner, engagement, page, step, quickleads):
    other = make.StepFactory(process=step.process, slug="again")
    make.ListingFactory(step=other, task=quickleads.task, mandatory=True, resolved=False)
    client.force_login(owner)
    shown = text(client.get(page))
    assert shown.count('id="task-983"') == 1
    assert ">Meet</a> · " in shown
    assert ">Again</a>" in shown
    assert "Mandatory here." in shown


def test_what_does_not_apply_stands_last_with_the_reason_and_cannot_be_set(client, owner, page, intune, kickoff):
    client.force_login(owner)
    shown = text(client.get(page))
    assert shown.index('id="task-994"') < shown.index("Does not apply</h2>") < shown.index('id="task-3278"')
    assert "Intune only; this step runs for Exchange and Teams." in shown
    assert 'id="task-3278-status"' not in shown


def test_a_status_names_who_set_it(client, owner, colleague, engagement, page, quickleads):
    TaskRecord.objects.create(
        engagement=engagement,
        task=quickleads.task,
        status="Complete",
        changed_at=timezone.now() - dt.timedelta(days=2),
        changed_by=colleague,
    )
    client.force_login(owner)
    assert "Set by Sam, Tue 19 May." in text(client.get(page))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [983, 994, 3278]),
        ({"role": "mine"}, [983, 3278]),
        ({"need": "mandatory"}, [994]),
        ({"need": "optional"}, [983]),
        ({"status": "In Progress"}, [994]),
        ({"status": "open"}, [983, 994]),
        ({"q": "99"}, [994]),
        ({"q": "quick"}, [983]),
        ({"status": "nonsense", "service": "x", "need": "y"}, [983, 994, 3278]),
    ],
)
def test_filters_show_what_somebody_looks_for(
    client, owner, engagement, page, quickleads, kickoff, intune, query, found
):
    TaskRecord.objects.create(engagement=engagement, task=kickoff.task, status="In Progress", changed_at=timezone.now())
    client.force_login(owner)
    assert numbers(client.get(page, query)) == found


def test_a_service_shows_its_own_and_what_is_for_all(client, owner, engagement, page, step, kickoff):
    make.ListingFactory(step=step, task=make.FtopTaskFactory(number=983), services=["Teams"])
    client.force_login(owner)
    ids = {service.name: service.pk for service in engagement.services.all()}
    assert numbers(client.get(page, {"service": ids["Teams"]})) == [983, 994]
    assert numbers(client.get(page, {"service": ids["Exchange"]})) == [994]


def test_an_empty_list_names_the_filter_that_hides(client, owner, page, kickoff):
    client.force_login(owner)
    shown = text(client.get(page, {"need": "optional", "q": "kickoff"}))
    assert "1 task would show with mandatory and optional." in shown
    assert '"?q=kickoff"' in shown


def test_a_reader_sees_statuses_and_no_controls(client, leader, page, quickleads):
    client.force_login(leader)
    shown = text(client.get(page))
    assert "Not Started" in shown
    assert '<select class="f" name="status" id="task-983-status"' not in shown
    assert "hx-post" not in shown


def test_a_stranger_gets_404(client, stranger, page):
    client.force_login(stranger)
    assert client.get(page).status_code == 404


def test_a_partner_sees_the_tasks_of_an_assigned_tenant(client, partner, page, quickleads):
    client.force_login(partner)
    assert 'id="task-983-status"' in text(client.get(page))


def test_the_row_that_answers_a_change_is_the_row_of_the_list(client, owner, engagement, page, quickleads):
    client.force_login(owner)
    url = reverse("task_status", args=[engagement.pk, 983])
    answer = client.post(url, {"status": "In Progress"}, headers={"HX-Request": "true"})
    assert "Conduct Customer Kickoff:" in text(answer)
    assert "Set by Ana, today." in text(answer)


def test_queries_do_not_grow_with_tasks(client, owner, engagement, page, step, quickleads, django_assert_num_queries):
    def done(listing):
        TaskRecord.objects.create(
            engagement=engagement,
            task=listing.task,
            status="Complete",
            changed_at=timezone.now(),
            changed_by=make.UserFactory(),
        )

    done(quickleads)
    client.force_login(owner)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    queries = len(few)
    assert queries <= AT_MOST
    for _ in range(60):
        done(make.ListingFactory(step=step))
    forget_compiled()
    client.get(page)
    with django_assert_num_queries(queries):
        shown = client.get(page)
    assert "61 tasks" in text(shown)


# A mandatory task that is not required (DESIGN §3) ---------------------------------------------------


@pytest.fixture
def set_not_required(client, engagement, kickoff):
    """Sets task 994 Not Required as somebody; returns the page that this ends on."""

    def post(user):
        client.force_login(user)
        address = reverse("task_status", args=[engagement.pk, 994])
        return client.post(address, {"status": "Not Required", "reason": "They had it"}, follow=True)

    return post


@pytest.fixture
def working_manager(manager, engagement):
    """A team manager who works at the tenant as well, and so changes tasks there."""
    make.AssignmentFactory(user=manager, tenant=engagement.tenant, role=make.RoleFactory(name="Team Manager"))
    return manager


@pytest.mark.parametrize("who", ["owner", "working_manager", "admin"])
def test_nobody_sets_a_mandatory_task_not_required_by_themselves(request, engagement, set_not_required, who):
    user = request.getfixturevalue(who)
    if who == "admin":
        make.AssignmentFactory(user=user, tenant=engagement.tenant, role=make.RoleFactory(name="SME"))
    page = set_not_required(user)
    assert page.redirect_chain[-1][0].endswith("/steps/kickoff/meet/waivers/?what=task-994")
    assert "Task 994 is mandatory. Request a waiver and give the reason" in text(page)
    assert '<option value="task-994" selected>' in text(page)
    assert not TaskRecord.objects.exists()


def test_in_place_the_browser_is_led_to_the_request(client, engagement, working_manager, kickoff):
    client.force_login(working_manager)
    address = reverse("task_status", args=[engagement.pk, 994])
    answer = client.post(address, {"status": "Not Required"}, HTTP_HX_REQUEST="true")
    assert answer["HX-Redirect"].endswith("/waivers/?what=task-994")


def ask(client, page, reason="They had it"):
    """Sends the request from the page that one is led to."""
    return client.post(page.redirect_chain[-1][0], {"what": "task-994", "reason": reason}, follow=True)


def test_what_a_team_manager_asks_for_another_one_decides(
    client, engagement, step, working_manager, set_not_required, groups
):
    other = person("otto", "Team Manager")
    page = ask(client, set_not_required(working_manager))
    assert "Waiver requested. Another team manager sees it on Today." in text(page)
    waiver = Waiver.objects.get()
    assert not TaskRecord.objects.exists()
    assert not load_walk(engagement.pk, NOON.date()).place(step.key).verdict.passed
    assert client.post(reverse("waiver_decide", args=[waiver.pk]), {"decision": "grant"}).status_code == 403

    client.force_login(other)
    assert reverse("waiver_decide", args=[waiver.pk]) in text(client.get(reverse("today")))
    client.post(reverse("waiver_decide", args=[waiver.pk]), {"decision": "grant"})
    verdict = load_walk(engagement.pk, NOON.date()).place(step.key).verdict
    assert (verdict.passed, [one.why for one in verdict.waived]) == (True, ["They had it"])
    record = TaskRecord.objects.get()
    assert (record.status, record.waived, record.changed_by) == ("Not Required", True, other)


def test_where_there_is_no_second_team_manager_a_superuser_decides(
    client, engagement, working_manager, admin, set_not_required
):
    page = ask(client, set_not_required(working_manager))
    assert "No other team manager can decide on it, so an administrator sees it on Today." in text(page)
    decide = reverse("waiver_decide", args=[Waiver.objects.get().pk])
    client.force_login(admin)
    assert decide in text(client.get(reverse("today")))
    client.post(decide, {"decision": "grant"})
    assert TaskRecord.objects.get().waived


def test_a_task_that_was_waived_and_taken_up_again_is_waived_as_it_was(
    client, engagement, owner, manager, set_not_required
):
    """The waiver stands; the record names who granted it, and the history who set the task."""
    ask(client, set_not_required(owner))
    client.force_login(manager)
    client.post(reverse("waiver_decide", args=[Waiver.objects.get().pk]), {"decision": "grant"})
    client.force_login(owner)
    client.post(reverse("task_status", args=[engagement.pk, 994]), {"status": "In Progress"})
    assert not TaskRecord.objects.get().waived

    set_not_required(owner)
    record = TaskRecord.objects.get()
    assert (record.waived, record.reason, record.changed_by) == (True, "They had it", manager)
    assert Event.objects.filter(verb="set", object="task:994").latest("pk").actor == owner


def test_a_refused_waiver_leaves_the_task_as_it_is(client, owner, manager, set_not_required):
    ask(client, set_not_required(owner))
    client.force_login(manager)
    client.post(reverse("waiver_decide", args=[Waiver.objects.get().pk]), {"decision": "refuse", "answer": "No"})
    set_not_required(owner)
    assert not TaskRecord.objects.exists()


def test_an_optional_task_is_not_required_as_before(client, engagement, owner, quickleads):
    client.force_login(owner)
    client.post(reverse("task_status", args=[engagement.pk, 983]), {"status": "Not Required"})
    record = TaskRecord.objects.get()
    assert (record.status, record.waived) == ("Not Required", False)
