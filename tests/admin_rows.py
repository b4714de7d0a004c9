"""One row of every model that the admin shows, which the admin lets one edit where it lets one edit any."""

from django.contrib.auth.models import Group
from django.db import models as django_models
from django.utils import timezone

from engagements import models
from playbook import models as playbook
from tasks import models as tasks
from tests import factories as make
from tests.factories import CadenceRuleFactory


def _draft() -> playbook.Edition:
    return playbook.Edition.objects.filter(status="draft").first() or make.EditionFactory(status="draft", name="Draft")


def _process() -> playbook.Process:
    return make.ProcessFactory(edition=_draft(), guidance="What to do")


def _step() -> playbook.Step:
    return make.StepFactory(process=_process(), guidance="How to do it")


def _run() -> models.StepRun:
    engagement = make.EngagementFactory()
    return models.StepRun.objects.create(
        engagement=engagement, step=make.StepFactory(process__edition=engagement.edition), started_at=timezone.now()
    )


def _receipt() -> models.Receipt:
    run, now = _run(), timezone.now()
    return models.Receipt.objects.create(
        run=run,
        engagement=run.engagement,
        step_key=run.step.key,
        edition_name="Edition",
        rule_version=1,
        gate_input={},
        decided_on=now.date(),
        completed_at=now,
    )


def _waiver() -> models.Waiver:
    run = _run()
    return models.Waiver.objects.create(
        run=run, requirement=make.RequirementFactory(step=run.step), reason="Known", asked_at=timezone.now()
    )


def _group() -> Group:
    return Group.objects.get_or_create(name="Readers of lists")[0]


ROWS = {
    models.Engagement: make.EngagementFactory,
    models.StepRun: _run,
    models.TaskRecord: lambda: models.TaskRecord.objects.create(
        engagement=make.EngagementFactory(), task=make.FtopTaskFactory(), changed_at=timezone.now()
    ),
    models.Receipt: _receipt,
    models.Note: make.NoteFactory,
    models.Waiver: _waiver,
    models.Event: lambda: models.Event.objects.create(at=timezone.now(), verb="called", object="note:1"),
    models.AuditEntry: lambda: models.AuditEntry.objects.create(
        at=timezone.now(), action="exported", object="note_export"
    ),
    models.CadenceRule: lambda: CadenceRuleFactory(kind="quarterly", purpose="To look ahead"),
    models.Review: make.ReviewFactory,
    models.ReviewSeries: make.ReviewSeriesFactory,
    models.CalendarFeed: lambda: models.CalendarFeed.objects.create(
        user=make.UserFactory(), token_digest="0" * 64, made_at=timezone.now()
    ),
    models.Contact: make.ContactFactory,
    models.HealthRating: make.HealthRatingFactory,
    models.CompeteSignal: make.CompeteSignalFactory,
    models.Tag: make.TagFactory,
    models.Customer: make.CustomerFactory,
    models.TenantService: make.TenantServiceFactory,
    models.Partner: make.PartnerFactory,
    models.Tenant: make.TenantFactory,
    models.NoteGuide: lambda: models.NoteGuide.objects.update_or_create(
        category="migration", defaults={"text": "What moves, and when"}
    )[0],
    models.NoteTemplate: lambda: models.NoteTemplate.objects.create(
        category="migration", name="Plan", body="## Plan\nText"
    ),
    models.User: make.UserFactory,
    Group: _group,
    models.Assignment: make.AssignmentFactory,
    models.ReferralTemplate: make.ReferralTemplateFactory,
    models.Reminder: make.ReminderFactory,
    models.Sweep: lambda: models.Sweep.objects.create(began_at=timezone.now()),
    playbook.Edition: _draft,
    playbook.Condition: lambda: make.ConditionFactory(edition=_draft()),
    playbook.Process: _process,
    playbook.Step: _step,
    playbook.Requirement: lambda: make.RequirementFactory(step=_step()),
    playbook.TaskListing: lambda: make.ListingFactory(step=_step()),
    tasks.StatusReason: make.StatusReasonFactory,
    tasks.EngineeringReason: make.EngineeringReasonFactory,
    tasks.Role: make.RoleFactory,
    tasks.Service: make.ServiceFactory,
    tasks.Motion: make.MotionFactory,
    tasks.EngagementModel: make.EngagementModelFactory,
    tasks.FtopTask: make.FtopTaskFactory,
    tasks.Product: lambda: tasks.Product.objects.get_or_create(name="Plan of licences")[0],
}
OURS = ("tasks", "playbook", "engagements", "auth")


def row_of(model: type[django_models.Model]) -> django_models.Model:
    """A row of the model; of a model of somebody else's app one without a key, which is in no table."""
    if model not in ROWS and model._meta.app_label not in OURS:
        return model(pk=1)
    return ROWS[model]()
