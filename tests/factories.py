"""One factory per model, with the least that makes a row believable."""

import datetime as dt
import uuid

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from engagements import models
from playbook import models as playbook
from tasks import models as tasks
from tasks.folding import fold


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

    tenant = factory.SubFactory(TenantFactory)
    service = factory.SubFactory(ServiceFactory)
    entitlements = 100


class AdoptionRecordFactory(DjangoModelFactory):
    """Complete DIBS."""

    class Meta:
        model = models.AdoptionRecord

    tenant_service = factory.SubFactory(TenantServiceFactory)
    due_on = dt.date(2026, 6, 30)
    intent = "yes"
    business_reason = "security"
    success_owner = factory.SubFactory(
        ContactFactory, customer=factory.SelfAttribute("..tenant_service.tenant.customer")
    )


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
    class Meta:
        model = models.Note

    engagement = factory.SubFactory(EngagementFactory)
    body = "We spoke with the customer."
    author = factory.SubFactory(UserFactory)
    created_at = factory.LazyFunction(timezone.now)
    token = factory.LazyFunction(uuid.uuid4)


class NextActionFactory(DjangoModelFactory):
    class Meta:
        model = models.NextAction

    engagement = factory.SubFactory(EngagementFactory)
    text = "Call the customer"
    due_on = dt.date(2026, 5, 27)
    owner = factory.SubFactory(UserFactory)
