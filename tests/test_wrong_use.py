"""What no form of ours sends: answered with 4xx and a page, never with an error, and never with other people's rows."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from engagements.models import Assignment, Engagement, Evidence, NextAction, Note, Waiver
from playbook.compiled import forget_compiled
from playbook.models import Process, Step
from tests import factories as make
from tests.test_access import EXPECTED, OURS, address, posted

HTMX = {"HX-Request": "true"}
NUMBERS = ["99999999999999999999", "9" * 5000, "-1", "0", "abc", "٣", "²", "1e3", ""]
TEXTS = ["x" * 3000, "' OR 1=1 --", "%", "\\", "{{ 7*7 }}", "a\r\nSet-Cookie: a=b", "\u202e\ufeff\U0001f4a3"]
DATES = ["0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "٢٠٢٦-٠١-٠١"]
QUERIES = ["q", "page", "per", "sort", "scope", "status", "show", "phase", "motion", "service", "on", "kind"]
QUERIES += [
    "category",
    "saved",
    "edit",
    "enable",
    "field",
    "back",
    "tenant",
    "line",
    "step",
    "about",
    "next",
    "role",
    "need",
]
QUERIES += ["referral", "undo", "motions", "services", "model", "started_on", "mandatory"]
FIELDS = {
    "engagement_new": ["tenant", "motions", "model", "services", "started_on"],
    "engagement_services": ["do", "service", "services", "due_on", "success_owner", "new_owner", "entitlements"],
    "service_edit": [
        *["due_on", "success_owner", "new_owner", "business_reason", "training", "training_text", "seen", "starts_on"],
        *["why", "entitlements_override", "stage", "scenario", "migrates_data", "migration_rejected", "submitted_on"],
        *["slices", "slice-0-l1", "slice-0-count", "slice-0-why", "slice-0-target_on", "slice-0-note", "migrations"],
        *["scenario-0-name", "scenario-0-count", "place"],
    ],
    "account_team": ["managed", "csm", "new_csm"],
    "engagement_contacts": ["name", "kind", "email", "title", "country", "time_zone", "survey_services"],
    "contact_edit": ["seen", "name", "kind", "country", "ms_role", "survey_services", "unsubscribed_on", "keep-name"],
    "contact_erase": ["basis"],
    "referral_detail": ["do", "referral", "partner", "contact", "approved_by", "approved_on", "name", "outcome"],
    "engagement_notes": ["token", "category", "services", "task", "body", "next_action", "next_on", "next_owner"],
    "engagement_state": ["do", "until", "why", "outcome"],
    "next_action": ["due", "why", "next"],
    "condition_answer": ["answer", "why"],
    "task_status": ["status", "reason", "percent"],
    "step_note": ["token", "documents", "next_on", "next_owner", "services", "task"],
    "key_output_confirm": ["text"],
    "waiver_ask": ["what", "reason"],
    "waiver_decide": ["decision", "answer"],
    "step_link_note": ["note", "documents"],
    "import_preview": ["seen", "do", "unowned"],
}


@pytest.fixture
def as_owner(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def other(owner, scene):
    """An engagement of another customer, at which the owner works as well."""
    row = make.EngagementFactory(edition=scene.engagement.edition)
    make.AssignmentFactory(user=owner, tenant=row.tenant)
    step = make.StepFactory(process=scene.step.process, slug="elsewhere")
    line = make.RequirementFactory(step=step)
    make.ConditionFactory(edition=row.edition, key="elsewhere")
    return row, step, line


def test_each_form_has_its_fields_tried():
    assert set(FIELDS) <= {name for name, method in EXPECTED if method == "POST"}


# Values ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name, method in EXPECTED if method == "GET"))
def test_no_query_breaks_a_page(name, scene, as_owner):
    url = address(name, scene)
    join = "&" if "?" in url else "?"
    for value in (*NUMBERS, *TEXTS, *DATES):
        every = as_owner.get(url.partition("?")[0], dict.fromkeys(QUERIES, value))
        assert every.status_code < 500
    assert as_owner.get(f"{url}{join}%ff=%ed%b3%bf%fe&=&a[]=1&page=%C3%28").status_code < 500


@pytest.mark.django_db
@pytest.mark.parametrize("name, field", [(name, field) for name, fields in FIELDS.items() for field in fields])
def test_no_value_of_a_field_breaks_a_form_or_the_pages_after_it(name, field, scene, as_owner, manager):
    if name == "waiver_decide":
        as_owner.force_login(manager)
    url = address(name, scene)
    pages = [scene.engagement.get_absolute_url(), reverse("today"), reverse("engagement_list")]
    pages += [reverse(page, args=[scene.engagement.pk]) for page in ("engagement_history", "engagement_services")]
    for number, value in enumerate((*NUMBERS, *TEXTS, *DATES)):
        form = posted(name, scene) | {"next_action": "Call", "next_on": "2027-01-01"} | {field: value}
        if name == "engagement_state" and field in ("until", "why"):
            form |= {"do": "park"} | ({"until": "2029-01-01"} if field == "why" else {"why": "Waits"})
        if name == "next_action":
            form.pop("done", None)
        with transaction.atomic():
            answer = as_owner.post(url, form, headers=HTMX if number % 2 else {})
            assert answer.status_code < 500, (field, value[:40])
            if answer.status_code < 400 and value in DATES:
                assert {as_owner.get(page).status_code for page in pages} == {200}
            transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name, route in OURS.items() if "<int:" in route))
@pytest.mark.parametrize("number", ["0", "99999999999999999999", "9" * 4400])
def test_an_id_that_no_row_can_have_is_not_found(name, number, scene, as_owner):
    method = "get" if (name, "GET") in EXPECTED else "post"
    parts = address(name, scene).partition("?")[0].split("/")
    for position in [at for at, part in enumerate(parts) if part.isdigit()]:
        url = "/".join([*parts[:position], number, *parts[position + 1 :]])
        assert getattr(as_owner, method)(url, posted(name, scene)).status_code in (302, 404)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["x" * 3000, "..", "%2e%2e", "a b", "ÿ", "%F0%9F%92%A3", "%ff"])
def test_a_step_that_no_page_has_is_not_found(slug, scene, as_owner):
    for url in (f"/engagements/{scene.engagement.pk}/steps/{slug}/{slug}/", f"/playbook/1/{slug}/{slug}/"):
        assert as_owner.get(url).status_code == 404


@pytest.mark.django_db
def test_nul_is_refused_wherever_it_stands(scene, as_owner):
    url = reverse("engagement_notes", args=[scene.engagement.pk])
    answers = [
        as_owner.get(f"{url}?q=%00"),
        as_owner.get(f"/playbook/{scene.engagement.edition_id}/a%00b/"),
        as_owner.post(address("condition_answer", scene), {"answer": "no", "why": "a\x00b"}),
        as_owner.post(address("step_note", scene), posted("step_note", scene) | {"body": "a\x00b"}),
    ]
    as_owner.cookies["sessionid"] = "abcdefgh\x00ijkl"
    answers.append(as_owner.get("/"))
    for answer in answers:
        assert answer.status_code == 400
        assert "This request cannot be taken" in answer.content.decode()


@pytest.mark.django_db
def test_a_note_that_is_too_long_comes_back_with_a_sentence(scene, as_owner):
    answer = as_owner.post(address("step_note", scene), posted("step_note", scene) | {"body": "x" * 2_000_000})
    assert answer.status_code == 422
    assert "at most 100,000 characters" in answer.content.decode()


@pytest.mark.django_db
def test_more_than_the_server_takes_is_answered_with_a_page(scene, as_owner):
    url = address("step_note", scene)
    for form in ({"body": "x" * 4_000_000}, {f"field{n}": "" for n in range(2000)}):
        answer = as_owner.post(url, form)
        assert answer.status_code == 400
        assert "too large" in answer.content.decode()


# Other people's rows --------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["note_detail", "receipt_detail", "step_reopen", "service_edit", "service_enabled", "step_unlink"]
)
def test_a_row_is_not_reached_through_another_engagement(name, scene, other, as_owner):
    engagement, step, _ = other
    steps = [scene.step.process.slug, scene.step.slug]
    args = {
        "note_detail": [engagement.pk, scene.note.pk],
        "receipt_detail": [engagement.pk, scene.receipt.pk],
        "step_reopen": [engagement.pk, scene.receipt.pk],
        "service_edit": [engagement.pk, make.TenantServiceFactory(tenant=scene.engagement.tenant).service_id],
        "service_enabled": [engagement.pk, make.TenantServiceFactory(tenant=scene.engagement.tenant).service_id],
        "step_unlink": [engagement.pk, *steps, scene.evidence.pk],
    }
    method = "post" if (name, "POST") in EXPECTED else "get"
    assert getattr(as_owner, method)(reverse(name, args=args[name]), posted(name, scene)).status_code == 404
    assert Evidence.objects.filter(pk=scene.evidence.pk).exists()


@pytest.mark.django_db
def test_evidence_is_not_reached_through_another_step_of_the_same_engagement(scene, other, as_owner):
    _, step, _ = other
    url = reverse("step_unlink", args=[scene.engagement.pk, step.process.slug, step.slug, scene.evidence.pk])
    assert as_owner.post(url).status_code == 404
    assert Evidence.objects.filter(pk=scene.evidence.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["step_note", "step_link_note"])
def test_a_line_of_another_step_or_edition_is_not_documented(name, scene, other, as_owner):
    foreign = make.RequirementFactory(step__process__edition=make.EditionFactory(status="retired"))
    for line in (other[2], foreign):
        answer = as_owner.post(address(name, scene), posted(name, scene) | {"documents": [line.pk]})
        assert answer.status_code in (302, 422)
        assert not Evidence.objects.filter(requirement=line).exists()


@pytest.mark.django_db
def test_a_note_of_another_engagement_documents_nothing_here(scene, other, as_owner, owner):
    note = make.NoteFactory(engagement=other[0], author=owner)
    answer = as_owner.post(address("step_link_note", scene), {"note": note.pk, "documents": [scene.line.pk]})
    assert answer.status_code == 422
    assert not Evidence.objects.filter(note=note).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["step_statement", "step_evidence"])
def test_a_line_of_another_step_has_no_page_here(name, scene, other, as_owner):
    url = address(name, scene).partition("?")[0]
    assert as_owner.get(f"{url}?line={other[2].pk}").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["group", "route"])
def test_a_route_of_another_step_is_not_taken(field, scene, other, as_owner):
    as_owner.post(address("step_route", scene), posted("step_route", scene) | {field: other[2].pk})
    assert not scene.evidence.run.choices.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["line", "task"])
def test_a_line_or_task_of_another_step_is_not_waived(what, scene, other, as_owner):
    foreign = other[2].pk if what == "line" else make.ListingFactory(step=other[1]).task.number
    answer = as_owner.post(address("waiver_ask", scene), {"what": f"{what}-{foreign}", "reason": "Why not"})
    assert answer.status_code == 422
    assert Waiver.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name, field", [("service_edit", "success_owner"), ("account_team", "csm")])
def test_a_contact_of_another_customer_is_no_choice(name, field, scene, other, as_owner):
    contact = make.ContactFactory(customer=other[0].tenant.customer, kind="microsoft")
    assert as_owner.post(address(name, scene), {field: contact.pk}).status_code == 422


@pytest.mark.django_db
def test_a_contact_of_another_customer_is_not_changed(scene, other, as_owner):
    contact = make.ContactFactory(customer=other[0].tenant.customer)
    url = reverse("contact_edit", args=[scene.engagement.pk, contact.pk])
    assert as_owner.post(url, {"name": "Mine now", "kind": "customer"}).status_code == 404
    contact.refresh_from_db()
    assert contact.name == "Priya Raman"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["step_note", "engagement_notes"])
def test_a_next_action_is_not_given_to_somebody_outside_the_team(name, scene, as_owner, stranger):
    action = {"next_action": "Call", "next_on": "2027-01-01", "next_owner": stranger.pk}
    assert as_owner.post(address(name, scene), posted(name, scene) | action).status_code == 422
    assert NextAction.objects.count() == 1


@pytest.mark.django_db
def test_the_token_of_a_note_elsewhere_writes_nothing_and_shows_nothing(scene, other, as_owner, owner):
    for author in (owner, make.UserFactory()):
        note = make.NoteFactory(engagement=other[0], author=author, body="Secret of another customer")
        answer = as_owner.post(address("step_note", scene), posted("step_note", scene) | {"token": str(note.token)})
        assert answer.status_code == 422
        assert "Secret" not in answer.content.decode()


@pytest.mark.django_db
def test_an_engagement_runs_services_of_its_own_tenant(scene, as_owner):
    foreign = make.TenantServiceFactory().service
    form = {
        "tenant": scene.engagement.tenant_id,
        "motions": [make.MotionFactory(slug="rfa").pk],
        "model": scene.engagement.model_id,
        "started_on": "2026-05-21",
        "services": [foreign.pk],
    }
    assert as_owner.post(reverse("engagement_new"), form).status_code == 422
    assert Engagement.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_engagement_is_not_started_at_a_tenant_of_strangers(method, scene, as_owner):
    tenant = make.TenantFactory()
    assert getattr(as_owner, method)(reverse("engagement_new"), {"tenant": tenant.pk}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?scope=all&status=any", "?q=Contoso", "?status=any&scope=all&sort=-customer"])
def test_lists_and_searches_show_strangers_nothing(query, scene, client, stranger):
    make.EngagementFactory(tenant__customer=make.CustomerFactory(name="Contoso"))
    client.force_login(stranger)
    for name in ("engagement_list", "engagement_new", "today"):
        text = client.get(reverse(name) + query).content.decode()
        assert "Northwind" not in text
        assert "Contoso, " not in text


# Who left -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_assignment_that_is_taken_away_closes_the_door_at_once(scene, as_owner, owner):
    url = scene.engagement.get_absolute_url()
    assert as_owner.get(url).status_code == 200
    Assignment.objects.filter(user=owner).delete()
    assert as_owner.get(url).status_code == 404
    assert as_owner.get(address("next_action", scene)).status_code == 404
    assert "Northwind" not in as_owner.get("/").content.decode()


@pytest.mark.django_db
def test_somebody_switched_off_is_signed_out_by_the_next_request(scene, as_owner, owner):
    owner.is_active = False
    owner.save()
    answer = as_owner.get(scene.engagement.get_absolute_url())
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db
def test_a_tenant_s_assignment_opens_no_other_tenant_and_a_customer_s_opens_all(scene, as_owner, client, leader):
    tenant = make.TenantFactory(customer=scene.engagement.tenant.customer, name="Second tenant")
    beside = make.EngagementFactory(tenant=tenant, edition=scene.engagement.edition)
    note = reverse("engagement_notes", args=[beside.pk])
    assert as_owner.get(note).status_code == 404
    make.AssignmentFactory(user=leader, tenant=None, customer=tenant.customer)
    client.force_login(leader)
    assert client.post(note, posted("engagement_notes", scene)).status_code == 302


@pytest.mark.django_db
def test_a_new_password_ends_the_other_sessions(client, owner):
    owner.set_password("an old long password")
    owner.save()
    elsewhere = type(client)()
    for browser in (client, elsewhere):
        browser.force_login(owner)
    form = {
        "oldpassword": "an old long password",
        "password1": "a new long password",
        "password2": "a new long password",
    }
    assert client.post(reverse("account_change_password"), form).status_code == 302
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


# Partners -------------------------------------------------------------------------------------------------


@pytest.fixture
def internal(scene):
    """The page of the scene's steps is for Microsoft staff."""
    Process.objects.update(audience="internal", guidance="The secret sauce")
    Step.objects.update(guidance="The secret sauce, and [a deck](https://internal.example)")
    forget_compiled()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["step_detail", "receipt_detail", "playbook_step", "process_detail"])
def test_a_partner_sees_that_a_step_for_microsoft_is_there_and_neither_its_guidance_nor_a_form(
    name, scene, internal, client, partner, colleague
):
    client.force_login(colleague)
    assert "secret sauce" in client.get(address(name, scene)).content.decode() or name == "receipt_detail"
    client.force_login(partner)
    text = client.get(address(name, scene)).content.decode()
    assert "ACM" in text
    assert "secret sauce" not in text
    assert "internal.example" not in text
    assert 'id="composer"' not in text
    assert text.count('method="post"') == text.count(f'action="{reverse("account_logout")}"')
    assert "hx-post" not in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", sorted(name for name, method in EXPECTED if name.startswith("step_") and method == "POST")
)
def test_a_partner_writes_nothing_at_a_step_for_microsoft(name, scene, internal, client, partner):
    client.force_login(partner)
    assert client.post(address(name, scene), posted(name, scene)).status_code == 403


# Closed ---------------------------------------------------------------------------------------------------


NOT_OF_AN_ENGAGEMENT = {
    "waiver_decide": "has a test of its own below",
    "engagement_team": "of the tenant, and the manager leaves it after the end (R27)",
    "review_detail": "of the tenant, whose reviews end with its last engagement",
    "review_attendance": "of the tenant, whose reviews end with its last engagement",
    "bulk_choose": "only keeps what is selected; each engagement is asked when something is done",
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, method in EXPECTED
        if method == "POST" and EXPECTED[name, "POST"]["leader"] == "403" and name not in NOT_OF_AN_ENGAGEMENT
        if not name.startswith(("import", "engagement_new", "customer_new", "usage_import"))
    ),
)
def test_a_closed_engagement_takes_nothing(name, scene, as_owner):
    Engagement.objects.update(status="closed", closed_on="2026-05-21")
    before = Note.objects.count(), Evidence.objects.count()
    assert as_owner.post(address(name, scene), posted(name, scene)).status_code == 403
    assert (Note.objects.count(), Evidence.objects.count()) == before


@pytest.mark.django_db
def test_a_waiver_of_a_closed_engagement_is_not_decided(scene, client, manager):
    Engagement.objects.update(status="closed", closed_on="2026-05-21")
    client.force_login(manager)
    answer = client.post(address("waiver_decide", scene), {"decision": "grant"})
    assert answer.status_code == 422
    assert "closed" in answer.content.decode()
    assert Waiver.objects.get().decision == "open"


# Addresses elsewhere --------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:///evil.example"]
)
def test_nothing_leads_on_to_another_site(to, scene, as_owner, client, owner):
    done = as_owner.post(address("next_action", scene), {"done": "1", "next": to})
    assert done["Location"] == reverse("engagement_notes", args=[scene.engagement.pk])
    assert f'href="{to}"' not in as_owner.get(address("next_action", scene), {"next": to}).content.decode()
    owner.set_password("a long password")
    owner.save()
    form = {"login": owner.username, "password": "a long password", "next": to}
    assert type(client)().post(reverse("account_login"), form)["Location"] == "/"


@pytest.mark.django_db
def test_a_task_that_no_step_lists_is_refused_in_place(scene, as_owner):
    for number in (1, make.FtopTaskFactory().number):
        url = reverse("task_status", args=[scene.engagement.pk, number])
        assert as_owner.post(url, {"status": "Complete"}, headers=HTMX).status_code in (404, 422)


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["", "nowhere/at-all", "acm-conversation", "acm-conversation/request-a-partner/more"])
@pytest.mark.parametrize("name", ["task_status", "condition_answer"])
def test_a_change_at_a_step_that_is_not_there_changes_nothing(name, step, scene, as_owner):
    url = address(name, scene).partition("?")[0]
    answer = as_owner.post(f"{url}?step={step}", posted(name, scene))
    if step or name == "condition_answer":
        assert answer.status_code == 404
        assert not scene.engagement.task_records.exists()
        assert not scene.engagement.answers.exists()


# Files ----------------------------------------------------------------------------------------------------

COLUMNS = "Customer,TPID,Tenant,Tenant ID,Domain\n"


def workbook(cell: str) -> bytes:
    """One row whose customer is written as a workbook writes characters that XML cannot hold."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(COLUMNS.strip().split(","))
    book.active.append([cell, 640001, "T", "", "t.example"])
    book.save(out)
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name, data",
    [
        ("nul.csv", COLUMNS.encode() + b"North\x00wind,640001,T,,t.example\n"),
        ("latin.csv", COLUMNS.encode() + b"Gr\xfc\xdfe\xed\xb3\xbf,640001,T,,t.example\n"),
        ("huge.csv", COLUMNS.encode() + b"N," + b"9" * 5000 + b",T,,t.example\n"),
        ("big.csv", COLUMNS.encode() + b"N,99999999999999999999,T,not-a-guid,t.example\n"),
        ("nul.xlsx", workbook("North_x0000_wind")),
        ("half.xlsx", workbook("North_xD800_wind")),
        ("../../etc/passwd", b"root"),
        ("<img src=x onerror=alert(1)>.csv", COLUMNS.encode() + b'"<script>alert(1)</script>",640001,T,,t.example\n'),
        ("x" * 5000 + ".csv", COLUMNS.encode() + b"N,640001,T,,t.example\n"),
        ("formula.csv", COLUMNS.encode() + b'"=HYPERLINK(""http://evil.example"")",x,T,,t.example\n'),
    ],
)
def test_no_file_breaks_the_import_or_its_preview(name, data, as_owner):
    answer = as_owner.post(reverse("import_upload"), {"file": SimpleUploadedFile(name, data)}, follow=True)
    assert answer.status_code in (200, 422)
    text = answer.content.decode()
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    if answer.redirect_chain:
        refused = as_owner.get(answer.redirect_chain[-1][0] + "refused.csv").content.decode()
        assert "\n=" not in refused
        assert ",=" not in refused
        assert ',"=' not in refused
        assert as_owner.post(answer.redirect_chain[-1][0], {"seen": "x"}).status_code < 500
