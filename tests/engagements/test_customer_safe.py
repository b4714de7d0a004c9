"""What customers may read: a corpus of internal facts in every field, and none of it on any way out for customers."""

import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from itertools import count
from urllib.parse import unquote

import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.db import IntegrityError, models, transaction
from django.test import Client, RequestFactory
from django.urls import reverse

from engagements import access
from engagements.customer_safe import AUDIENCES, CATEGORIES, Disclosure, Origin, customer_text, withheld
from engagements.models import (
    AgendaItem,
    AuditEntry,
    CadenceRule,
    ConditionAnswer,
    Confirmation,
    Contact,
    ContactRevision,
    Customer,
    Note,
    NoteGuide,
    NoteTemplate,
    Receipt,
    Redaction,
    Review,
    StepRun,
    TaskRecord,
)
from engagements.selectors import calendars, recap_page
from engagements.selectors.referral_page import referral_page
from engagements.selectors.review_draft import draft
from engagements.selectors.review_facts import ReviewFacts
from engagements.selectors.review_page import agenda
from engagements.selectors.review_status import status_page
from engagements.services import recaps, referrals, summaries
from engagements.services.disclosure import disclosure
from engagements.services.refusals import Refused
from engagements.services.review_closing import PARTS
from engagements.walk import load_walk
from tasks.models import Product
from tests import factories as make
from tests.processes import ROOT
from tests.scene import TODAY, set_up

DOC = (ROOT / "docs" / "customer-safe.md").read_text()
NOW = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)
OUR_APPS = ("engagements", "playbook", "tasks")
# A mail that holds what is internal is refused instead of cleaned: tests of their own, below.
REFUSED = {"ReferralTemplate.subject", "ReferralTemplate.body", "Referral.mail_subject", "Referral.mail_body"}


def table(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading of the page, without its head."""
    found = re.search(r"(?:^\|.*\n)+", DOC[DOC.index(f"## {heading}\n") :], re.MULTILINE)[0]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in found.splitlines()[2:]]


def named(cell: str) -> list[str]:
    return re.findall(r"`([\w./-]+)`", cell)


FIELDS = {named(row[0])[0]: [named(cell) for cell in row[1:]] for row in table("Every text")}
WAYS = {named(row[1])[0]: row[2] for row in table("Ways out")}


# The tables are whole ------------------------------------------------------------------------------------


def free_texts() -> Iterator[tuple[str, str]]:
    """(model, field) of everything in which somebody's words could be stored."""
    for app in OUR_APPS:
        for model in apps.get_app_config(app).get_models():
            if model.__name__.startswith("Historical"):
                continue
            for field in model._meta.concrete_fields:
                is_text = isinstance(field, (models.CharField, models.TextField, models.JSONField))
                if is_text and not field.is_relation and not field.choices:
                    yield model.__name__, field.name


def test_every_text_of_every_model_has_its_place_in_the_table():
    listed = sorted((model, name) for model, cells in FIELDS.items() for names in cells for name in names)
    assert listed == sorted(free_texts())


def test_every_way_out_is_in_the_table():
    leads_out = re.compile(
        r"\bdesk_mail\(|\bmailto\(|f\"mailto:\{quote|Content-Disposition|as_attachment|FileResponse|\bcalendar\("
    )
    makers = {"engagements/outgoing_mail.py", "engagements/recap.py", "engagements/ics.py"}
    makers |= {"fasttrack/middleware.py", "fasttrack/accounts/mails.py"}  # looks at files; writes to colleagues
    found = set()
    for app in (*OUR_APPS, "fasttrack"):
        for path in (ROOT / app).rglob("*.py"):
            if leads_out.search(path.read_text()):
                found.add(path.relative_to(ROOT).as_posix())
    # Two that hand out no file of their own: they are what the status and the note of a review are made of.
    drawn = {"engagements/selectors/review_draft.py", "engagements/selectors/review_page.py"}
    assert found - makers | drawn == set(WAYS)


def test_every_page_that_offers_to_print_or_copy_is_one_that_was_looked_at():
    """A page that can be printed or copied whole is a way out too."""
    for_customers = {"review_status.html", "note_recap.html", "_referral_mail.html"}
    for_colleagues = {"engagement_notes_print.html", "_library_notes.html", "account.html", "review_detail.html"}
    found = {path.name for path in (ROOT / "templates").rglob("*.html") if "data-print" in path.read_text()}
    found |= {path.name for path in (ROOT / "templates").rglob("*.html") if "data-copy" in path.read_text()}
    assert found == for_customers | for_colleagues


def test_every_category_audience_and_side_is_decided_as_the_page_says():
    said = {named(row[0])[0]: (row[0].split("`")[0], row[1] == "yes") for row in table("Where a text comes from")}
    categories = {name: leaves for name, (kind, leaves) in said.items() if kind.startswith("note")}
    audiences = {name: leaves for name, (kind, leaves) in said.items() if kind.startswith("page")}
    sides = {name: leaves for name, (kind, leaves) in said.items() if kind.startswith("review")}
    assert categories == CATEGORIES
    assert set(categories) == set(Note.Category.values)
    assert audiences == AUDIENCES
    assert {name: not withheld(Origin(reviews=(name,))) for name in CadenceRule.Audience.values} == sides


@pytest.mark.parametrize("origin", [Origin(category="new"), Origin(audience="new"), Origin(audience="")])
def test_what_is_not_known_stays_inside(origin):
    found = customer_text("We agreed on Teams.", Disclosure(), origin)
    assert found.text == ""
    assert found.removed


# The corpus ----------------------------------------------------------------------------------------------


class Corpus:
    """Internal facts, each a word of its own, in every field of the table; and words that may leave beside them."""

    def __init__(self):
        self.numbers = count(1)
        self.rows = Counter()
        self.secrets: dict[str, str] = {}
        self.allowed: dict[str, str] = {}

    def secret(self, place: str) -> str:
        word = f"zq{next(self.numbers):04d}k"
        self.secrets[word] = place
        return word

    def word(self, place: str) -> str:
        word = f"ok{next(self.numbers):04d}k"
        self.allowed[word] = place
        return word

    def fill(self) -> None:
        for model, (inside, cleaned, *_) in FIELDS.items():
            app = next(app for app in OUR_APPS if model.lower() in apps.all_models[app])
            for row in apps.get_model(app, model)._default_manager.order_by("pk"):
                for name in inside:
                    self._put(row, name, self.secret(f"{model}.{name}"))
                for name in cleaned:
                    if f"{model}.{name}" not in REFUSED | {"Note.body"}:
                        self._put(row, name, self._marked(row, name))

    def text(self, place: str) -> str:
        """Some lines that may leave, and two internal parts; notes get theirs as they are made, as none is changed."""
        word = self.word(place)
        return f"{word}\nMS-Intern\n{self.secret(place)}\n\n## *Internal*\n\n{self.secret(place)}"

    def _marked(self, row: models.Model, name: str) -> str:
        """What may leave, and an internal part; the title of an internal step or review is one as a whole."""
        place = f"{type(row).__name__}.{name}"
        if place == "Step.title" and row.slug in ("hidden", "about"):
            return self.secret(place)
        if place in (f"Review.{part}" for part in PARTS):
            return self.text(place)
        if place == "NextAction.text":
            return f"{self.word(place)}\nNur intern: {self.secret(place)}"
        if place in (
            "AgendaItem.title",
            "CadenceRule.name",
            "ReferralPartner.name",
            "Review.place",
            "ReviewSeries.place",
        ):
            # Every other row of these lines and names is internal as a whole.
            self.rows[place] += 1
            return self.word(place) if self.rows[place] % 2 else f"{self.secret(place)} (internal)"
        return self.word(place)

    def _put(self, row: models.Model, name: str, word: str) -> None:
        field = row._meta.get_field(name)
        value: object = word
        if isinstance(field, models.JSONField):
            value = getattr(row, name)
            value = value | {"zq": word} if isinstance(value, dict) else [*(value or ()), word]
        table = type(row)._base_manager.filter(pk=row.pk)
        try:
            with transaction.atomic():
                table.update(**{name: value})
        except IntegrityError:
            self.secrets.pop(word, None)  # such as a reason that a row of this kind may not have

    def found_in(self, text: str) -> list[str]:
        return [place for word, place in self.secrets.items() if word in text]


@pytest.fixture
def corpus() -> Corpus:
    return Corpus()


@pytest.fixture(autouse=True)
def _on_21_may():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stage(engagement, owner, corpus):
    """An engagement with a row of every model of the table, the reviews, notes and referral of a customer."""
    Customer.objects.update(account_managed=False)
    scene = set_up(engagement, owner)
    Customer.objects.update(account_managed=False)
    tenant, customer = engagement.tenant, engagement.tenant.customer
    type(tenant).objects.update(priority="high", priority_why="Because")
    internal = make.ProcessFactory(
        edition=engagement.edition, phase=scene.step.process.phase, slug="ours", audience="internal"
    )
    hidden = make.StepFactory(process=internal, slug="hidden", title="Hidden")
    never = make.CadenceRuleFactory(kind="internal", name="Internal", customer="never", partner="never")
    about = make.StepFactory(process=scene.step.process, slug="about", title="About")
    make.RequirementFactory(step=about, text="Agreed", checks=["review:internal"])
    make.ReviewSeriesFactory(rule=never, tenant=tenant, owner=owner)
    for step in (hidden, about):
        run = StepRun.objects.create(engagement=engagement, step=step, started_at=NOW)
        Receipt.objects.create(
            run=run,
            engagement=engagement,
            step_key=step.key,
            edition_name="Edition",
            rule_version=1,
            gate_input={},
            decided_on=TODAY,
            completed_at=NOW,
            completed_by=owner,
        )
    rule = make.CadenceRuleFactory(kind="customer-facing", customer="in")
    AgendaItem.objects.create(rule=rule, title="Blockers")
    AgendaItem.objects.create(rule=rule, title="Dates")
    make.CadenceIntervalFactory(rule=rule)
    series = make.ReviewSeriesFactory(rule=rule, tenant=tenant, owner=owner, place="Room")
    note = make.NoteFactory(engagement=engagement, author=owner, body=corpus.text("Note.body"))
    make.NextActionFactory(engagement=engagement, note=note, owner=owner)
    make.NextActionFactory(engagement=engagement, owner=owner, text="Old", due_on=dt.date(2026, 5, 11))
    held = make.ReviewFactory(series=series, state="held", on=TODAY, held_on=TODAY, held_by=owner)
    planned = make.ReviewFactory(series=series, on=dt.date(2026, 6, 4))
    row = tenant.services.first()
    row.slices.all().delete()
    detail = make.EngineeringReasonFactory()
    make.EntitlementSliceFactory(
        tenant_service=row, l1="blocked", count=100, reason=detail.reason, detail=detail, owner="Us", note="Why"
    )
    make.MigrationScenarioFactory(tenant_service=row)
    make.HealthRatingFactory(customer=customer)
    make.CompeteSignalFactory(customer=customer)
    make.PartnerFactory(tenant=tenant)
    customer.tags.add(make.TagFactory())
    make.EnterpriseStatusFactory(customer=customer, review=held)
    make.ReminderFactory(engagement=engagement, recipient=owner)
    ConditionAnswer.objects.create(engagement=engagement, key="wanted", answer="yes", why="Why")
    Confirmation.objects.create(engagement=engagement, requirement=scene.key_output, text="So", at=NOW, by=owner)
    redacted = make.NoteFactory(engagement=engagement, body="Before")
    Redaction.objects.create(note=redacted, body="After", basis="Asked", at=NOW, by=owner)
    ContactRevision.objects.create(contact=scene.contact, at=NOW, before={"title": "Old"})
    TaskRecord.objects.create(
        engagement=engagement, task=scene.task, status="Blocked-Business", reason="Why", changed_at=NOW
    )
    type(scene.contact).objects.filter(pk=scene.contact.pk).update(email="raman@example.com")
    referral = make.ReferralFactory(
        engagement=engagement, ready=True, started_by=owner, contact=scene.contact, mail_subject="", mail_body=""
    )
    for name in ("Fabrikam", "Litware", "Proseware"):
        make.ReferralPartnerFactory(referral=referral, name=name)
    NoteGuide.objects.get_or_create(category="migration", defaults={"text": "How"})
    NoteTemplate.objects.get_or_create(category="migration", name="Ours", defaults={"body": "Body"})
    make.ContactFactory(customer=customer, name="Priya", email="priya@example.com")
    make.ContactFactory(customer=customer, name="Pat", kind="partner", skill="Teams")
    make.ImportRowFactory()
    Product.objects.create(name="A plan")
    facts = {name: {"said": corpus.secret(f"AuditEntry.{name}")} for name in ("before", "after")}
    AuditEntry.objects.create(at=NOW, action="exported", object="note_export", **facts)
    summaries.refresh(engagement.pk)
    return {"scene": scene, "note": note, "held": held, "planned": planned, "referral": referral, "owner": owner}


def outputs(stage: dict) -> dict[str, str]:
    """Module of a way out → everything that customers may get from it."""
    owner, scene, note = stage["owner"], stage["scene"], stage["note"]
    found: dict[str, str] = {}
    request = RequestFactory().get("/")
    request.user = owner
    facts = lambda review: ReviewFacts(access.get_review(request, review.pk), owner, TODAY)  # noqa: E731
    status = status_page(facts(stage["held"]))
    client = Client()
    client.force_login(owner)
    printed = client.get(reverse("review_status", args=[stage["held"].pk])).content.decode()
    found["engagements/selectors/review_status.py"] = f"{status['text']} {unquote(status['mailto'])} {printed}"
    first = draft(facts(stage["planned"]))
    assert "**Internal**" in first["body"]
    found["engagements/selectors/review_draft.py"] = " ".join([*first.values()]).replace(first["body"], "") + str(
        recap_page.cleaned(make.NoteFactory(engagement=scene.engagement, body=first["body"])).text
    )
    found["engagements/selectors/review_page.py"] = str(agenda(facts(stage["planned"])))
    note = Note.objects.select_related("engagement__tenant__customer", "author", "next_action").get(pk=note.pk)
    mail_draft = recap_page.drafted(note, recap_page.cleaned(note).text, owner)
    found["engagements/selectors/recap_page.py"] = f"{mail_draft} {recap_page.promise(note)}"
    to = [Contact.objects.get(email="priya@example.com").pk]
    recaps.send_recap(note_id=note.pk, contact_ids=to, by=owner, token=uuid.uuid4(), from_here=True, **mail_draft)
    found["engagements/services/recaps.py"] = mail.outbox[-1].message().as_string()
    referral = stage["referral"]
    referrals.write_mail(referral_id=referral.pk, by=owner)
    page = referral_page(load_walk(scene.engagement.pk, TODAY), type(referral).objects.get(pk=referral.pk))
    found["engagements/selectors/referral_page.py"] = unquote(page["mailto"])
    referrals.send_referral(referral_id=referral.pk, by=owner, today=TODAY, usual=3, from_here=True)
    found["engagements/services/referrals.py"] = mail.outbox[-1].message().as_string()
    files = [
        calendars.one_review(review, owner).decode() for review in Review.objects.filter(series=stage["held"].series)
    ]
    found["engagements/selectors/calendars.py"] = " ".join(files).replace("\r\n ", "")
    ics = [client.get(reverse("review_ics", args=[stage[name].pk])) for name in ("held", "planned")]
    found["engagements/views/calendars.py"] = " ".join(one.content.decode() for one in ics).replace("\r\n ", "")
    return found


def test_no_internal_fact_of_any_field_is_on_any_way_out_for_customers(stage, corpus):
    corpus.fill()
    placed = set(corpus.secrets.values())
    missing = {f"{model}.{name}" for model, (inside, *_) in FIELDS.items() for name in inside} - placed
    assert missing == set(), "the stage has no row in which these could be"
    found = outputs(stage)
    assert set(found) == {module for module, reader in WAYS.items() if reader == "customers"}
    assert {module: corpus.found_in(text) for module, text in found.items()} == dict.fromkeys(found, [])
    # The facts that may leave do, or the search above would find nothing whatever happens.
    everything = " ".join(found.values())
    left = {place for word, place in corpus.allowed.items() if word in everything}
    assert left >= {
        "Note.body",
        "NextAction.text",
        "Step.title",
        "FtopTask.name",
        "AgendaItem.title",
        "Referral.location",
        "Referral.specialties",
        "ReferralPartner.name",
        "Review.place",
        *(f"Review.{part}" for part in PARTS),
    }


# One way out at a time -----------------------------------------------------------------------------------


@pytest.fixture
def series(engagement, owner):
    rule = make.CadenceRuleFactory(kind="customer-facing", name="Customer-facing health review", customer="in")
    return make.ReviewSeriesFactory(rule=rule, tenant=engagement.tenant, owner=owner, agreed_on=dt.date(2026, 5, 4))


def drafted(review, user) -> dict[str, str]:
    request = RequestFactory().get("/")
    request.user = user
    return draft(ReviewFacts(access.get_review(request, review.pk), user, TODAY))


def complete(engagement, step, by) -> None:
    run = StepRun.objects.create(engagement=engagement, step=step, started_at=NOW)
    Receipt.objects.create(
        run=run,
        engagement=engagement,
        step_key=step.key,
        edition_name="Edition",
        rule_version=1,
        gate_input={},
        decided_on=TODAY,
        completed_at=NOW,
        completed_by=by,
    )


def test_milestones_of_a_customers_review_name_no_step_of_ours(engagement, owner, series):
    ours = make.ProcessFactory(edition=engagement.edition, slug="cadence", audience="internal")
    shared = make.ProcessFactory(edition=engagement.edition, slug="kickoff", audience="partner")
    make.CadenceRuleFactory(kind="governance", name="Governance review", customer="never")
    for process, title in (
        (ours, "Agree on a cadence"),
        (shared, "Schedule Microsoft internal Health Reviews"),
        (shared, "Conduct the kickoff"),
    ):
        complete(engagement, make.StepFactory(process=process, title=title), owner)
    governed = make.StepFactory(process=shared, title="Schedule governance")
    make.RequirementFactory(step=governed, text="Agreed", checks=["review:governance"])
    complete(engagement, governed, owner)
    first = drafted(make.ReviewFactory(series=series, on=TODAY), owner)
    assert first["milestones"] == "- Conduct the kickoff"
    inside = first["body"].split("**Internal**")[1]
    for title in ("Agree on a cadence", "Schedule Microsoft internal Health Reviews", "Schedule governance"):
        assert title in inside
    type(series.rule).objects.filter(pk=series.rule_id).update(customer="never")
    review = Review.objects.get(series=series)
    assert "Agree on a cadence" in drafted(review, owner)["milestones"]


def test_blockers_name_the_blocked_seats_and_no_reason(engagement, owner, series):
    row = engagement.tenant.services.get(service__name="Teams")
    row.slices.all().delete()
    detail = make.EngineeringReasonFactory()
    where = {"tenant_service": row, "reason": detail.reason, "detail": detail, "owner": "ATU", "note": "Their CIO"}
    make.EntitlementSliceFactory(l1="blocked", count=40, **where)
    make.EntitlementSliceFactory(tenant_service=row, count=60)
    first = drafted(make.ReviewFactory(series=series, on=TODAY), owner)
    assert first["blockers"] == "- Teams: 40 of 100 seats are blocked"


def test_blocked_tasks_are_named_where_customers_may_read_the_page_that_lists_them(engagement, owner, series):
    for audience, number in (("internal", 4001), ("partner", 4002)):
        task = make.FtopTaskFactory(number=number, name=f"Task of {audience}")
        process = make.ProcessFactory(edition=engagement.edition, slug=audience, audience=audience)
        make.ListingFactory(step=make.StepFactory(process=process), task=task)
        TaskRecord.objects.create(
            engagement=engagement, task=task, status="Blocked-Business", reason="A weak sponsor", changed_at=NOW
        )
    first = drafted(make.ReviewFactory(series=series, on=TODAY), owner)
    assert first["blockers"] == "- Task of partner: blocked"
    assert "A weak sponsor" in first["body"].split("**Internal**")[1]


def test_the_internal_part_of_a_review_is_in_its_note_and_in_no_recap_of_it(engagement, owner, series):
    make.NextActionFactory(engagement=engagement, owner=owner, text="Escalate their sponsor")
    body = drafted(make.ReviewFactory(series=series, on=TODAY), owner)["body"]
    note = make.NoteFactory(engagement=engagement, body=f"{body}\n\n**Decisions**\nPilot in June")
    assert "Escalate their sponsor" in note.body
    found = recap_page.cleaned(note)
    assert "Escalate" not in found.text
    assert "Pilot in June" in found.text


def test_an_agenda_that_customers_see_has_no_internal_line(engagement, owner, series):
    AgendaItem.objects.create(rule=series.rule, title="Blockers", minutes=10)
    AgendaItem.objects.create(rule=series.rule, title="Account insights (MS only)", minutes=5)
    request = RequestFactory().get("/")
    request.user = owner
    review = make.ReviewFactory(series=series, on=TODAY)
    found = agenda(ReviewFacts(access.get_review(request, review.pk), owner, TODAY))
    assert found == {"items": [{"title": "Blockers", "minutes": 10}], "minutes": 10}


def unfolded(file: bytes) -> str:
    """The lines of a calendar as they were before they were cut to their longest length."""
    return file.decode().replace("\r\n ", "")


def test_a_calendar_file_for_customers_leads_to_nothing_of_ours(engagement, owner, series):
    review = make.ReviewFactory(series=series, place="https://intranet/rooms/4")
    file = unfolded(calendars.one_review(review, owner))
    assert "SUMMARY:Northwind Traders: Customer-facing health review" in file
    assert "/reviews/" not in file
    assert "intranet" not in file
    review.place = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_a_b/0"
    assert review.place in unfolded(calendars.one_review(review, owner))
    series.rule.customer = "never"
    assert f"/reviews/{review.pk}/" in unfolded(calendars.one_review(review, owner))


@pytest.mark.parametrize("field", ["mail_subject", "mail_body"])
def test_a_referral_mail_is_refused_while_it_holds_what_is_internal(engagement, owner, field):
    Customer.objects.update(account_managed=False)
    referral = make.ReferralFactory(engagement=engagement, ready=True)
    for _ in range(3):
        make.ReferralPartnerFactory(referral=referral)
    internal = "Internal: they hesitate"
    with pytest.raises(Refused, match="Customers cannot open or should not read “Internal: they hesitate”") as refused:
        referrals.change_referral(referral_id=referral.pk, by=owner, today=TODAY, **{field: internal})
    assert refused.value.field == field
    type(referral).objects.update(**{field: internal})
    with pytest.raises(Refused, match="they hesitate"):
        referrals.send_referral(referral_id=referral.pk, by=owner, today=TODAY, usual=3, from_here=True)
    page = referral_page(load_walk(engagement.pk, TODAY), type(referral).objects.get())
    assert page["mailto"] == ""
    assert mail.outbox == []


def test_a_template_that_holds_what_is_internal_makes_no_mail(engagement, owner):
    Customer.objects.update(account_managed=False)
    referral = make.ReferralFactory(engagement=engagement, ready=True, mail_subject="", mail_body="")
    for _ in range(3):
        make.ReferralPartnerFactory(referral=referral)
    make.ReferralTemplateFactory(body="Hello {contact},\n\nsee https://microsoft.sharepoint.com/deck\n\n{partners}")
    with pytest.raises(Refused, match="microsoft.sharepoint.com/deck"):
        referrals.write_mail(referral_id=referral.pk, by=owner)


@pytest.mark.parametrize(
    ("shown_as", "said"),
    [
        ("names", "Sam Okafor and Ana met Nils Berg. Sam Okafor calls; the FastTrack Engineer knows."),
        ("roles", "the {0} and Ana met FastTrack. the {0} calls; the {0} knows.".format("FastTrack Engineer")),
        ("team", "FastTrack and Ana met FastTrack. FastTrack calls; FastTrack knows."),
    ],
)
def test_colleagues_are_shown_as_the_team_decides(engagement, owner, colleague, settings, shown_as, said):
    settings.COLLEAGUES_SHOWN_AS = shown_as
    type(colleague).objects.filter(pk=colleague.pk).update(first_name="Sam", last_name="Okafor")
    make.ContactFactory(customer=engagement.tenant.customer, kind="microsoft", name="Nils Berg")
    text = "Sam Okafor and Ana met Nils Berg. @sam calls; the FastTrack Engineer knows."
    rules = disclosure(engagement.tenant.customer, sender=owner, mentioned={"sam": "Sam Okafor"})
    assert customer_text(text, rules).text == said


def test_a_calendar_file_names_who_leads_as_the_team_decides(engagement, owner, series, settings):
    review = make.ReviewFactory(series=series)
    assert "Led by Ana." in unfolded(calendars.one_review(review, owner))
    settings.COLLEAGUES_SHOWN_AS = "roles"
    file = unfolded(calendars.one_review(review, owner))
    assert "Led by the FastTrack Manager." in file
    assert owner.email not in file
