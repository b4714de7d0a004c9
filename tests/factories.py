"""One factory per model, with the least that makes a row believable."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from engagements import models
from engagements.selectors.brief import build
from engagements.services.entitlements import enter_seats
from engagements.services.note_words import follow
from engagements.walk import load_walk
from playbook import models as playbook
from tasks import models as tasks
from tasks.folding import fold
from tasks.reasons import reason_key


class RoleFactory(DjangoModelFactory):
    class Meta:
        model = tasks.Role
        django_get_or_create = ("name",)

    name = "FastTrack Manager"


class ServiceFactory(DjangoModelFactory):
    class Meta:
        model = tasks.Service
        django_get_or_create = ("name",)

    name = factory.Sequence(lambda n: f"Service {n}")
    kind = factory.LazyAttribute(lambda o: {"All Services": "all", "Core Onboarding": "core"}.get(o.name, "workload"))


class StatusReasonFactory(DjangoModelFactory):
    class Meta:
        model = tasks.StatusReason
        django_get_or_create = ("key",)

    l1 = "blocked"
    name = "Legal/Regulatory"
    key = factory.LazyAttribute(lambda o: reason_key(o.l1, o.name))


class EngineeringReasonFactory(DjangoModelFactory):
    class Meta:
        model = tasks.EngineeringReason
        django_get_or_create = ("key",)
        skip_postgeneration_save = True

    reason = factory.SubFactory(StatusReasonFactory)
    name = "Legal"
    key = factory.LazyAttribute(lambda o: reason_key(o.reason.pk, o.name))

    @factory.post_generation
    def services(detail, create, names):
        detail.services.set(ServiceFactory(name=name) for name in names or ())


class MotionFactory(DjangoModelFactory):
    class Meta:
        model = tasks.Motion
        django_get_or_create = ("slug",)

    slug = "rfa"
    name = factory.LazyAttribute(lambda o: {"rfa": "RFA"}.get(o.slug, o.slug.replace("-", " ").title()))


class EngagementModelFactory(DjangoModelFactory):
    class Meta:
        model = tasks.EngagementModel
        django_get_or_create = ("slug",)

    slug = "reactive"
    name = factory.LazyAttribute(lambda o: o.slug.title())


class FtopTaskFactory(DjangoModelFactory):
    class Meta:
        model = tasks.FtopTask
        django_get_or_create = ("number",)

    number = factory.Sequence(lambda n: 5000 + n)
    name = factory.LazyAttribute(lambda o: f"Task {o.number}")
    name_folded = factory.LazyAttribute(lambda o: fold(o.name))


def _published_unless_another_is() -> str:
    return "retired" if playbook.Edition.objects.filter(status="published").exists() else "published"


class EditionFactory(DjangoModelFactory):
    class Meta:
        model = playbook.Edition

    name = factory.Sequence(lambda n: f"Edition {n}")
    status = factory.LazyFunction(_published_unless_another_is)


class PhaseFactory(DjangoModelFactory):
    class Meta:
        model = playbook.Phase
        django_get_or_create = ("edition", "slug")

    edition = factory.SubFactory(EditionFactory)
    name = "Assess"
    slug = factory.LazyAttribute(lambda o: o.name.lower())
    position = 6


class ConditionFactory(DjangoModelFactory):
    class Meta:
        model = playbook.Condition

    edition = factory.SubFactory(EditionFactory)
    key = factory.Sequence(lambda n: f"condition-{n}")
    question = factory.LazyAttribute(lambda o: f"Does {o.key} hold?")


class ProcessFactory(DjangoModelFactory):
    class Meta:
        model = playbook.Process

    edition = factory.SubFactory(EditionFactory)
    phase = factory.SubFactory(PhaseFactory, edition=factory.SelfAttribute("..edition"))
    slug = factory.Sequence(lambda n: f"process-{n}")
    key = factory.SelfAttribute("slug")
    title = factory.LazyAttribute(lambda o: o.slug.replace("-", " ").capitalize())
    position = factory.Sequence(lambda n: n)


class StepFactory(DjangoModelFactory):
    class Meta:
        model = playbook.Step
        skip_postgeneration_save = True

    process = factory.SubFactory(ProcessFactory)
    slug = factory.Sequence(lambda n: f"step-{n}")
    key = factory.LazyAttribute(lambda o: f"{o.process.key}/{o.slug}")
    title = factory.LazyAttribute(lambda o: o.slug.replace("-", " ").capitalize())
    position = factory.Sequence(lambda n: n)

    @factory.post_generation
    def roles(step, create, names):
        step.roles.set([RoleFactory(name=name) for name in names or ["FastTrack Manager"]])

    @factory.post_generation
    def motions(step, create, slugs):
        step.motions.set([MotionFactory(slug=slug) for slug in slugs or []])

    @factory.post_generation
    def applies_to(step, create, names):
        step.applies_to.set([ServiceFactory(name=name) for name in names or ["All Services"]])


class RequirementFactory(DjangoModelFactory):
    class Meta:
        model = playbook.Requirement

    step = factory.SubFactory(StepFactory)
    process = factory.LazyAttribute(lambda o: o.step.process)
    section = "output"
    key = factory.Sequence(lambda n: f"line-{n}")
    position = factory.Sequence(lambda n: n)
    text = factory.LazyAttribute(lambda o: f"{o.section} {o.key} is documented")
    checks = factory.LazyFunction(lambda: ["note:engagement-management"])


class ListingFactory(DjangoModelFactory):
    class Meta:
        model = playbook.TaskListing
        skip_postgeneration_save = True

    step = factory.SubFactory(StepFactory)
    process = factory.LazyAttribute(lambda o: o.step.process)
    edition = factory.LazyAttribute(lambda o: o.step.process.edition)
    task = factory.SubFactory(FtopTaskFactory)
    name = factory.LazyAttribute(lambda o: o.task.name)
    mandatory = True
    position = factory.Sequence(lambda n: n)

    @factory.post_generation
    def roles(listing, create, names):
        listing.roles.set([RoleFactory(name=name) for name in names or ["FastTrack Manager"]])

    @factory.post_generation
    def services(listing, create, names):
        listing.services.set([ServiceFactory(name=name) for name in names or ["All Services"]])


class UserFactory(DjangoModelFactory):
    class Meta:
        model = models.User
        django_get_or_create = ("username",)

    username = factory.Sequence(lambda n: f"user{n}")
    first_name = factory.LazyAttribute(lambda o: o.username.title())
    email = factory.LazyAttribute(lambda o: f"{o.username}@example.com")


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = models.Customer

    name = factory.Sequence(lambda n: f"Customer {n}")
    name_folded = factory.LazyAttribute(lambda o: fold(o.name))
    tpid = factory.Sequence(lambda n: 640000 + n)


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = models.Contact

    customer = factory.SubFactory(CustomerFactory)
    name = "Priya Raman"


class TenantFactory(DjangoModelFactory):
    class Meta:
        model = models.Tenant

    customer = factory.SubFactory(CustomerFactory)
    guid = factory.LazyFunction(uuid.uuid4)
    name = factory.LazyAttribute(lambda o: o.customer.name)
    name_folded = factory.LazyAttribute(lambda o: fold(o.name))
    domain = factory.LazyAttribute(lambda o: f"{fold(o.name).replace(' ', '')}.onmicrosoft.com")


class TenantServiceFactory(DjangoModelFactory):
    class Meta:
        model = models.TenantService
        django_get_or_create = ("tenant", "service")

        skip_postgeneration_save = True

    tenant = factory.SubFactory(TenantFactory)
    service = factory.SubFactory(ServiceFactory)
    entitlements = 100

    @factory.post_generation
    def slices(row, create, grid):
        """A grid of slices; without one, all seats are new (R47)."""
        if grid is None and not row.slices.exists():
            enter_seats([row])
        for one in grid or ():
            EntitlementSliceFactory(tenant_service=row, **one)


class EntitlementSliceFactory(DjangoModelFactory):
    class Meta:
        model = models.EntitlementSlice

    tenant_service = factory.SubFactory(TenantServiceFactory, slices=())
    l1 = "status-unknown"
    count = 100


class MigrationScenarioFactory(DjangoModelFactory):
    class Meta:
        model = models.MigrationScenario

    tenant_service = factory.SubFactory(TenantServiceFactory)
    name = "Mailboxes from on-premises"
    count = 100


class ForecastFactory(DjangoModelFactory):
    class Meta:
        model = models.Forecast

    tenant_service = factory.SubFactory(TenantServiceFactory)
    submitted_on = dt.date(2026, 5, 4)
    at = factory.LazyFunction(timezone.now)


class AdoptionRecordFactory(DjangoModelFactory):
    """Complete DIBS: all seats are In Progress by the due date, declined (``intent="no"``) or as they were ("")."""

    class Meta:
        model = models.AdoptionRecord
        skip_postgeneration_save = True

    tenant_service = factory.SubFactory(TenantServiceFactory)
    due_on = dt.date(2026, 6, 30)
    business_reason = "security"
    success_owner = factory.SubFactory(
        ContactFactory, customer=factory.SelfAttribute("..tenant_service.tenant.customer")
    )

    @factory.post_generation
    def intent(record, create, said):
        row = record.tenant_service
        grid = {"l1": "in-progress", "target_on": record.due_on, "inherits_target": True}
        if said == "no":
            grid = {"l1": "no-intent"}
        if said == "" or not record.due_on:
            return
        row.slices.all().delete()
        row.__dict__.pop("slice_rows", None)
        EntitlementSliceFactory(tenant_service=row, count=row.available, **grid)


class EngagementFactory(DjangoModelFactory):
    class Meta:
        model = models.Engagement
        skip_postgeneration_save = True

    tenant = factory.SubFactory(TenantFactory)
    edition = factory.SubFactory(EditionFactory)
    model = factory.SubFactory(EngagementModelFactory)
    started_on = dt.date(2026, 5, 4)

    @factory.post_generation
    def motions(engagement, create, slugs):
        engagement.motions.set([MotionFactory(slug=slug) for slug in slugs or ["rfa"]])

    @factory.post_generation
    def services(engagement, create, names):
        for name in names or ["Exchange", "Teams"]:
            row = TenantServiceFactory(tenant=engagement.tenant, service=ServiceFactory(name=name))
            engagement.services.add(row.service)


class AssignmentFactory(DjangoModelFactory):
    class Meta:
        model = models.Assignment

    user = factory.SubFactory(UserFactory)
    role = factory.SubFactory(RoleFactory)
    tenant = factory.SubFactory(TenantFactory)


class NoteFactory(DjangoModelFactory):
    """Found by its words at once, as one that the service wrote."""

    class Meta:
        model = models.Note
        skip_postgeneration_save = True

    engagement = factory.SubFactory(EngagementFactory)
    body = "We spoke with the customer."
    author = factory.SubFactory(UserFactory)
    created_at = factory.LazyFunction(timezone.now)
    token = factory.LazyFunction(uuid.uuid4)

    @factory.post_generation
    def services(note, create, services):
        note.services.set(services or [])

    @factory.post_generation
    def words(note, create, _):
        follow([note.pk])


class NoteDraftFactory(DjangoModelFactory):
    class Meta:
        model = models.NoteDraft

    user = factory.SubFactory(UserFactory)
    engagement = factory.SubFactory(EngagementFactory)
    place = factory.LazyAttribute(lambda draft: f"/engagements/{draft.engagement.pk}/notes/")
    token = factory.LazyFunction(uuid.uuid4)
    values = factory.LazyFunction(lambda: {"body": "We spoke"})
    saved_at = factory.LazyFunction(timezone.now)


class MentionFactory(DjangoModelFactory):
    class Meta:
        model = models.Mention

    note = factory.SubFactory(NoteFactory)
    user = factory.SubFactory(UserFactory)


class NextActionFactory(DjangoModelFactory):
    class Meta:
        model = models.NextAction
        skip_postgeneration_save = True

    engagement = factory.SubFactory(EngagementFactory)
    text = "Call the customer"
    due_on = dt.date(2026, 5, 27)
    owner = factory.SubFactory(UserFactory)

    @factory.post_generation
    def words(action, create, _):
        follow([action.note_id] if action.note_id else [])


class ReminderFactory(DjangoModelFactory):
    """A reminder of a next action of its own, due now."""

    class Meta:
        model = models.Reminder
        exclude = ("action",)

    engagement = factory.SubFactory(EngagementFactory)
    recipient = factory.SubFactory(UserFactory)
    action = factory.SubFactory(
        NextActionFactory, engagement=factory.SelfAttribute("..engagement"), owner=factory.SelfAttribute("..recipient")
    )
    kind = "action-due"
    occurrence = factory.LazyAttribute(lambda o: f"action:{o.action.pk}:{o.action.due_on.isoformat()}")
    due_on = factory.LazyAttribute(lambda o: o.action.due_on)
    send_on = factory.SelfAttribute("due_on")
    send_at = factory.LazyFunction(timezone.now)
    try_at = factory.SelfAttribute("send_at")
    planned_at = factory.SelfAttribute("send_at")


class ReminderChoiceFactory(DjangoModelFactory):
    class Meta:
        model = models.ReminderChoice

    user = factory.SubFactory(UserFactory)
    kind = "action-due"
    how = "at-once"


class ReferralFactory(DjangoModelFactory):
    """Begun, and nothing more; ``ready=True`` has all that sending asks for."""

    class Meta:
        model = models.Referral

    class Params:
        ready = factory.Trait(
            service_type="training",
            location="Lisbon",
            specialties="Teams champions",
            contact=factory.SubFactory(ContactFactory, customer=factory.SelfAttribute("..engagement.tenant.customer")),
            approval="verbal",
            approved_by=factory.SelfAttribute("contact"),
            approved_on=dt.date(2026, 5, 18),
            mail_subject="Partners for Northwind Traders",
            mail_body="Hello Priya Raman, three partners get in touch.",
        )

    engagement = factory.SubFactory(EngagementFactory)
    started_at = factory.LazyFunction(timezone.now)


class SentReferralFactory(ReferralFactory):
    """Sent, with one partner who has not been in touch."""

    class Meta:
        skip_postgeneration_save = True

    ready = True
    sent_on = dt.date(2026, 5, 18)
    contact_due_on = dt.date(2026, 5, 21)

    @factory.post_generation
    def partners(referral, create, names):
        for name in names or ["Fabrikam Consulting"]:
            referral.partners.create(name=name)


class UsageReadingFactory(DjangoModelFactory):
    class Meta:
        model = models.UsageReading

    tenant_service = factory.SubFactory(TenantServiceFactory)
    on = dt.date(2026, 5, 20)
    active_users = 40
    at = factory.LazyFunction(timezone.now)


class ReferralPartnerFactory(DjangoModelFactory):
    class Meta:
        model = models.ReferralPartner

    referral = factory.SubFactory(ReferralFactory)
    name = factory.Sequence(lambda n: f"Partner {n}")


class ReferralTemplateFactory(DjangoModelFactory):
    class Meta:
        model = models.ReferralTemplate

    service_type = ""
    subject = "Partners for {customer}"
    body = "Hello {contact}: {partners}"


class TagFactory(DjangoModelFactory):
    class Meta:
        model = models.Tag
        django_get_or_create = ("name_folded",)

    name = factory.Sequence(lambda n: f"Wave {n}")
    name_folded = factory.LazyAttribute(lambda o: fold(o.name))


class CompeteSignalFactory(DjangoModelFactory):
    class Meta:
        model = models.CompeteSignal

    customer = factory.SubFactory(CustomerFactory)
    product = factory.Sequence(lambda n: f"Product {n}")
    product_folded = factory.LazyAttribute(lambda o: fold(o.product))


class PartnerFactory(DjangoModelFactory):
    class Meta:
        model = models.Partner

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence(lambda n: f"Partner company {n}")
    name_folded = factory.LazyAttribute(lambda o: fold(o.name))


class BulkChangeFactory(DjangoModelFactory):
    """Selected, and not begun."""

    class Meta:
        model = models.BulkChange

    do = "tag"
    by = factory.SubFactory(UserFactory)
    ids = factory.LazyFunction(list)


class ImportBatchFactory(DjangoModelFactory):
    """An upload whose preview is ready; without rows."""

    class Meta:
        model = models.ImportBatch

    uploaded_by = factory.SubFactory(UserFactory)
    file_name = "customers.csv"
    rows = factory.LazyFunction(list)
    state = "planned"
    fingerprint = "0" * 32
    counts = factory.LazyFunction(lambda: {"refused": 0, "changed": 0, "new": 0, "same": 0, "unowned": 0})


class ImportRowFactory(DjangoModelFactory):
    """A planned row of an upload."""

    class Meta:
        model = models.ImportRow

    batch = factory.SubFactory(ImportBatchFactory)
    position = factory.Sequence(lambda n: n)
    line = factory.Sequence(lambda n: n + 2)
    group = 0
    values = factory.LazyFunction(dict)
    state = "changed"
    rank = 1


class HandoverFactory(DjangoModelFactory):
    """Offered and open, with the brief of the engagement as it stands."""

    class Meta:
        model = models.Handover

    engagement = factory.SubFactory(EngagementFactory)
    giver = factory.SubFactory(UserFactory)
    receiver = factory.SubFactory(UserFactory)
    offered_by = factory.SelfAttribute("giver")
    offered_at = factory.LazyFunction(timezone.now)
    why = "I go on leave"
    brief = factory.LazyAttribute(lambda o: build(load_walk(o.engagement.pk, dt.date(2026, 5, 21))))


class HealthRatingFactory(DjangoModelFactory):
    """``before`` is what stood there until then, as the service works it out."""

    class Meta:
        model = models.HealthRating

    customer = factory.SubFactory(CustomerFactory)
    colour = "yellow"
    why = "The pilot is late."
    on = dt.date(2026, 5, 4)
    at = factory.LazyAttribute(lambda o: dt.datetime.combine(o.on, dt.time(9), dt.UTC))
    by = factory.SubFactory(UserFactory)


class CadenceRuleFactory(DjangoModelFactory):
    """A kind of review; ``intervals`` are (phase, colour, every, unit) and perhaps the longest days."""

    class Meta:
        model = models.CadenceRule
        django_get_or_create = ("kind",)
        skip_postgeneration_save = True

    kind = "health"
    name = "Customer-facing health review"
    purpose = "Program health, blockers, actions"
    owner_role = factory.SubFactory(RoleFactory)

    @factory.post_generation
    def intervals(rule, create, rows):
        for phase, colour, every, unit, *longest in rows or ():
            bound = longest[0] if longest else None
            rule.intervals.create(phase=phase, colour=colour, every=every, unit=unit, longest_days=bound)


class CadenceIntervalFactory(DjangoModelFactory):
    class Meta:
        model = models.CadenceInterval

    rule = factory.SubFactory(CadenceRuleFactory)
    every = 2


class ReviewSeriesFactory(DjangoModelFactory):
    """Agreed with a tenant, in its zone and country."""

    class Meta:
        model = models.ReviewSeries

    rule = factory.SubFactory(CadenceRuleFactory)
    tenant = factory.SubFactory(TenantFactory)
    owner = factory.SubFactory(UserFactory)
    anchor_on = dt.date(2026, 5, 28)
    at = dt.time(10)
    time_zone = factory.LazyAttribute(lambda o: o.tenant.time_zone if o.tenant else "UTC")
    country = factory.LazyAttribute(lambda o: o.tenant.country if o.tenant else "")
    agreed_on = dt.date(2026, 5, 4)


class ReviewFactory(DjangoModelFactory):
    """One planned occurrence, its days worked out as by the rule's days."""

    class Meta:
        model = models.Review

    series = factory.SubFactory(ReviewSeriesFactory)
    on = dt.date(2026, 5, 28)
    at = factory.LazyAttribute(lambda o: o.series.at)
    starts_at = factory.LazyAttribute(
        lambda o: dt.datetime.combine(o.on, o.at, ZoneInfo(o.series.time_zone)).astimezone(dt.UTC)
    )
    first_on = factory.SelfAttribute("on")
    beat_on = factory.SelfAttribute("on")
    remind_on = factory.LazyAttribute(lambda o: o.on - dt.timedelta(days=1))
    late_on = factory.LazyAttribute(lambda o: o.on + dt.timedelta(days=1))
    escalate_on = factory.LazyAttribute(lambda o: o.on + dt.timedelta(days=3))
    changed_at = dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC)


class EnterpriseStatusFactory(DjangoModelFactory):
    class Meta:
        model = models.EnterpriseStatus

    customer = factory.SubFactory(CustomerFactory)
    status = "yellow"
    summary = "The pilot is late"
    overview = "Half of the seats are live"
    on = dt.date(2026, 5, 4)
    at = factory.LazyAttribute(lambda o: dt.datetime.combine(o.on, dt.time(9), dt.UTC))
    next_update_on = factory.LazyAttribute(lambda o: o.on + dt.timedelta(days=14))
    by = factory.SubFactory(UserFactory)
