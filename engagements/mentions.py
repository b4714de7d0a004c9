"""Where people write texts about a customer, and so where a person may be named: for export and erasure.

A model with a new text that people write gets its line in ``PLACES``; a test finds the one that was forgotten.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Model, Q, QuerySet

from engagements import models
from engagements.redacting import Person

TENANT = "tenant__customer"
SERVICE = f"tenant_service__{TENANT}"
ENGAGEMENT = f"engagement__{TENANT}"
RUN = f"run__{ENGAGEMENT}"
SERIES = (TENANT, "customer")


@dataclass(frozen=True)
class Place:
    """Some fields of a model; ``paths`` lead from it to the customer. ``called`` is what people call such a text."""

    model: type[Model]
    called: str
    fields: tuple[str, ...]
    paths: tuple[str, ...]

    def rows(self, customer_id: int) -> QuerySet:
        at = Q()
        for path in self.paths:
            at |= Q(**{path: customer_id})
        return self.model._default_manager.filter(at).order_by("pk")

    def naming(self, customer_id: int, person: Person) -> Iterator[tuple[Model, dict[str, object]]]:
        """Each row that names a person, with the fields that do."""
        for row in self.rows(customer_id).only("pk", *self.fields).iterator():
            found = {name: getattr(row, name) for name in self.fields if person.is_in(str(getattr(row, name)))}
            if found:
                yield row, found


PLACES = (
    Place(models.Tenant, "reason at a tenant", ("priority_why", "winroom_reason"), ("customer",)),
    Place(models.CompeteSignal, "insight about a competitor", ("insight",), ("customer",)),
    Place(models.HealthRating, "reason of a health rating", ("why",), ("customer",)),
    Place(models.TenantService, "reason at a service", ("migration_rejected",), (TENANT,)),
    Place(models.EntitlementSlice, "owner or note of a slice", ("owner", "note"), (SERVICE,)),
    Place(
        models.AdoptionRecord,
        "SSAT text",
        ("stakeholders_text", "scenarios_text", "awareness_text", "training_text"),
        (SERVICE,),
    ),
    Place(models.Engagement, "reason of an engagement", ("parked_reason", "outcome"), (TENANT,)),
    Place(models.ConditionAnswer, "reason of an answer", ("why",), (ENGAGEMENT,)),
    Place(models.NextAction, "next action", ("text",), (ENGAGEMENT,)),
    Place(models.TaskRecord, "reason of a task status", ("reason",), (ENGAGEMENT,)),
    Place(models.StepRun, "mark at a step", ("needs_another_look",), (ENGAGEMENT,)),
    Place(models.Evidence, "statement", ("text",), (RUN,)),
    Place(models.Confirmation, "confirmed key output", ("text",), (ENGAGEMENT,)),
    Place(models.Waiver, "waiver", ("reason", "answer"), (RUN,)),
    Place(models.Receipt, "receipt", ("gate_input", "reopened_why"), (ENGAGEMENT,)),
    Place(models.Handover, "handover", ("why", "brief", "decided_why"), (ENGAGEMENT,)),
    Place(models.Redaction, "basis of a redaction", ("basis",), (f"note__{ENGAGEMENT}",)),
    Place(models.Reminder, "reason of a reminder", ("reason",), (ENGAGEMENT, TENANT, "customer")),
    Place(models.Referral, "referral", ("location", "specialties", "withdrawn_why"), (ENGAGEMENT,)),
    Place(models.ReferralPartner, "outcome of a partner", ("outcome_text",), (f"referral__{ENGAGEMENT}",)),
    Place(models.NoteDraft, "draft of a note", ("values",), (ENGAGEMENT,)),
    Place(models.Escalation, "answer to an escalation", ("answer",), (f"note__{ENGAGEMENT}",)),
    Place(models.ReviewSeries, "agreed series of reviews", ("place", "ended_why"), SERIES),
    Place(
        models.Review,
        "review",
        ("place", "why", "on_site_why", "milestones", "risks", "blockers", "decisions", "asks"),
        tuple(f"series__{path}" for path in SERIES),
    ),
    Place(
        models.EnterpriseStatus,
        "enterprise status",
        ("summary", "overview", "activities", "risks", "brand", "awareness"),
        ("customer",),
    ),
    Place(models.Contact, "reason at another contact", ("do_not_call_why",), ("customer",)),
    Place(models.Event, "history", ("before", "after"), (ENGAGEMENT, TENANT, "customer")),
)


def notes_that_may_name(customer_id: int, person: Person) -> list[models.Note]:
    """Every note of the customer that names a person, or may, in the order they were written."""
    notes = models.Note.objects.filter(engagement__tenant__customer=customer_id).order_by("created_at", "pk")
    return [note for note in notes.select_related("author", "engagement__tenant") if person.may_be_in(note.body)]


def mails_that_name(customer_id: int, contact: models.Contact, person: Person) -> list[models.Referral]:
    """Every referral of the customer whose mail went to a person, or names one."""
    referrals = models.Referral.objects.filter(engagement__tenant__customer=customer_id).exclude(mail_body="")
    return [
        row
        for row in referrals
        if contact.pk in (row.contact_id, row.approved_by_id) or person.is_in(f"{row.mail_subject} {row.mail_body}")
    ]
