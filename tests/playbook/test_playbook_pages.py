"""The playbook and the task catalogue, read by everybody who is signed in."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from playbook.checks import in_words
from playbook.models import Process, Step, TaskListing
from playbook.reading import when_words
from tasks.models import FtopTask, Role, Service
from tests.playbook.small_edition import small_edition

pytestmark = pytest.mark.django_db


@pytest.fixture
def fm(client):
    user = get_user_model().objects.create_user("fm")
    user.user_permissions.add(Permission.objects.get(codename="read_internal_guidance"))
    client.force_login(user)
    return client


@pytest.fixture
def partner(client):
    client.force_login(get_user_model().objects.create_user("partner"))
    return client


@pytest.fixture
def edition():
    return small_edition()


def read(client, name, *args, **query):
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


PROCESS, STEP = "acm-conversation", "request-a-partner"


def addresses(edition):
    return [
        reverse("playbook_home"),
        reverse("edition_detail", args=[edition.pk]),
        reverse("process_detail", args=[edition.pk, PROCESS]),
        reverse("playbook_step", args=[edition.pk, PROCESS, STEP]),
        reverse("task_list"),
        reverse("task_detail", args=[983]),
    ]


def test_only_who_is_signed_in_reads(client, edition):
    for address in addresses(edition):
        assert client.get(address)["Location"].startswith(reverse("account_login"))


def test_nothing_can_be_posted_into_it(fm, edition):
    before = Step.objects.count()
    for address in addresses(edition):
        fm.post(address, {"title": "x"})
    assert Step.objects.count() == before


def test_home_shows_phases_with_their_pages_and_counts(fm, edition):
    page = read(fm, "playbook_home")
    assert "Assess" in page
    assert "ACM Conversation" in page
    assert "2 pages, 2 steps" in page
    assert page.index("ACM Conversation") < page.index("Value Add")


def test_home_without_an_edition_says_what_to_do(fm):
    assert "No edition is published yet" in read(fm, "playbook_home")
    assert "There are no tasks yet" in read(fm, "task_list")


def test_steps_are_found_by_words_whatever_their_case(fm, edition):
    page = read(fm, "playbook_home", q="PARTNER value")
    assert "1 step<" in page
    assert "Value Add" in page
    assert "No step is called that" in read(fm, "playbook_home", q="zebra")


def test_a_process_page_shows_guidance_steps_tasks_outputs_and_what_follows(fm, edition):
    page = read(fm, "process_detail", edition.pk, PROCESS)
    follows = reverse("process_detail", args=[edition.pk, "value-add"])
    assert f'href="{follows}"' in page
    assert "https://x.example" in page
    assert "983 QuickLeads" in page
    assert "A decision is documented" in page
    assert "Go on to Value Add" in page


def test_steps_stand_in_their_order(fm):
    edition = small_edition(steps=3)
    Step.objects.filter(slug="step-2").update(position=0)
    page = read(fm, "process_detail", edition.pk, PROCESS)
    assert page.index("Step 2") < page.index("Request a Partner") < page.index("Step 1")


def test_a_step_page_shows_the_tree_and_what_makes_it_hold(fm, edition):
    page = read(fm, "playbook_step", edition.pk, PROCESS, STEP)
    assert "One of these is enough" in page
    assert "Engagement Management note" in page
    assert "Only where: Is the account managed? Yes." in page
    assert "Is the account managed? No." in page
    assert '<div class="alert alert-note">' in page


def test_partners_read_titles_but_no_internal_guidance(partner, edition):
    page = read(partner, "process_detail", edition.pk, PROCESS)
    assert "Guidance not shown." in page
    assert "x.example" not in page
    assert "Request a Partner" in page
    page = read(partner, "playbook_step", edition.pk, PROCESS, STEP)
    assert "Ask first." not in page
    assert "The customer has a partner" in page


def test_partners_read_partner_pages_without_the_internal_links(partner, edition):
    Process.objects.filter(key=PROCESS).update(audience="partner")
    page = read(partner, "process_detail", edition.pk, PROCESS)
    assert "Guidance not shown." not in page
    assert "a link for Microsoft staff" in page
    assert "x.example" not in page


def test_task_guidance_keeps_internal_links_from_partners(partner, edition):
    FtopTask.objects.filter(number=983).update(guidance="Use [Deck (Internal Only)](https://x.example).")
    assert "x.example" not in read(partner, "task_detail", 983)


def test_chinese_slugs_have_addresses(fm, edition):
    Process.objects.filter(key=PROCESS).update(slug="采用", title="采用对话")
    Step.objects.filter(process__key=PROCESS).update(slug="请求-合作伙伴")
    assert "采用对话" in read(fm, "playbook_step", edition.pk, "采用", "请求-合作伙伴")


@pytest.mark.parametrize("args", [(10**30,), (1, "nowhere"), (1, PROCESS, "nowhere")])
def test_what_does_not_exist_is_404(fm, edition, args):
    names = {1: "edition_detail", 2: "process_detail", 3: "playbook_step"}
    args = (args[0] if args[0] > 1 else edition.pk, *args[1:])
    assert fm.get(reverse(names[len(args)], args=args)).status_code == 404
    assert fm.get(reverse("task_detail", args=[10**30])).status_code == 404


def test_drafts_are_for_those_who_look_after_the_playbook(fm, edition):
    draft = small_edition(name="Autumn, unfinished", status="draft")
    for name, args in (("edition_detail", ()), ("process_detail", (PROCESS,)), ("playbook_step", (PROCESS, STEP))):
        assert fm.get(reverse(name, args=[draft.pk, *args])).status_code == 404
    assert draft.name not in read(fm, "task_detail", 983)
    user = get_user_model().objects.get(username="fm")
    user.user_permissions.add(Permission.objects.get(codename="view_edition"))
    assert "Draft" in read(fm, "edition_detail", draft.pk)


def test_tasks_are_found_by_number_and_words(fm, edition):
    FtopTask.objects.create(number=4711, name="Änderung planen", name_folded="anderung planen")
    assert "QuickLeads" in read(fm, "task_list", q="98")
    page = read(fm, "task_list", q="ÄNDERUNG plan")
    assert "Änderung planen" in page
    assert "Not listed in this edition" in page
    assert "QuickLeads" not in page
    assert "No task is found" in read(fm, "task_list", q="zebra")


def test_tasks_are_narrowed_by_the_row_that_speaks(fm, edition):
    other_role, other = Role.objects.create(name="SME"), Service.objects.create(name="Teams")
    listing = TaskListing.objects.get(resolved=True)
    query = {"role": listing.roles.get().pk, "service": listing.services.get().pk}
    query |= {"phase": listing.process.phase_id, "mandatory": "no"}
    assert "QuickLeads" in read(fm, "task_list", **query)
    for change in ({"role": other_role.pk}, {"service": other.pk}, {"mandatory": "yes"}):
        assert "No task is found" in read(fm, "task_list", **(query | change))
    assert "QuickLeads" in read(fm, "task_list", role="nonsense", phase="999999", page="x")


def test_a_task_names_its_pages_in_every_edition(fm, edition):
    small_edition(name="Older", status="retired")
    newer = FtopTask.objects.create(number=990, name="New QuickLeads", name_folded="new quickleads")
    FtopTask.objects.filter(number=983).update(replaced_by=newer, retired_on="2020-01-31")
    page = read(fm, "task_detail", 983)
    assert page.index("July") < page.index("Older")
    assert "Retired 31 January 2020" in page
    assert "990 New QuickLeads" in page
    assert "Speaks for the number" in page
    assert "It replaces" in read(fm, "task_detail", 990)
    assert "No edition lists this number." in read(fm, "task_detail", 990)


def test_pages_cost_the_same_for_a_long_playbook(fm):
    """Counts include 2 of the session and 1 of permissions."""
    expected = {"edition": 7, "process": 15, "step": 17, "tasks": 11, "task": 10}
    for steps in (1, 25):
        edition = small_edition(name=f"with {steps}", steps=steps)
        costs = {}
        for name, address in {
            "edition": reverse("edition_detail", args=[edition.pk]),
            "process": reverse("process_detail", args=[edition.pk, PROCESS]),
            "step": reverse("playbook_step", args=[edition.pk, PROCESS, STEP]),
            "tasks": reverse("task_list"),
            "task": reverse("task_detail", args=[983]),
        }.items():
            with CaptureQueriesContext(connection) as queries:
                assert fm.get(address).status_code == 200
            costs[name] = len(queries)
        assert costs == expected


def test_words_of_checks_and_conditions():
    assert in_words("note:environment|migration", {}) == "Environment or Migration note"
    assert in_words("step:a/b", {"a/b": "Kickoff"}) == "step “Kickoff” is complete"
    assert in_words("task:983", {}) == "task 983 is complete"
    assert in_words("dibs", {}).startswith("DIBS")
    assert when_words("managed and not rich", {"managed": "Managed?"}) == "Managed? Yes. rich No."
    assert when_words("", {}) == ""
