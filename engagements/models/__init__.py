"""The run of the playbook: customers, people, engagements, steps, notes, adoption records, history."""

from engagements.models.adoption import AdoptionRecord
from engagements.models.audit import AuditEntry
from engagements.models.bulk import BulkChange
from engagements.models.cadences import AgendaItem, CadenceInterval, CadenceRule
from engagements.models.calendars import CalendarFeed
from engagements.models.choices import BusinessReason
from engagements.models.contacts import Contact, ContactRevision
from engagements.models.customers import CompeteSignal, Customer, Partner, Tag, Tenant
from engagements.models.drafts import NoteDraft
from engagements.models.engagements import ConditionAnswer, Engagement, EngagementSummary
from engagements.models.escalations import Escalation, Mention
from engagements.models.events import Event
from engagements.models.handovers import Handover
from engagements.models.health import HealthRating
from engagements.models.imports import ImportBatch, ImportRow
from engagements.models.note_guides import NoteGuide, NoteTemplate
from engagements.models.note_words import NoteWords
from engagements.models.notes import NextAction, Note
from engagements.models.people import Assignment
from engagements.models.redactions import Redaction
from engagements.models.referrals import Referral, ReferralPartner, ReferralTemplate
from engagements.models.reminders import Digest, Morning, Reminder, ReminderChoice, Sweep
from engagements.models.reviews import Attendance, EnterpriseStatus, Review, ReviewSeries
from engagements.models.runs import Confirmation, Evidence, Receipt, RouteChoice, StepRun, TaskRecord, Waiver
from engagements.models.services import EntitlementSlice, Forecast, MigrationScenario, TenantService, UsageReading
from engagements.models.users import User

__all__ = [
    "AdoptionRecord",
    "AgendaItem",
    "Assignment",
    "Attendance",
    "AuditEntry",
    "BulkChange",
    "BusinessReason",
    "CadenceInterval",
    "CadenceRule",
    "CalendarFeed",
    "CompeteSignal",
    "ConditionAnswer",
    "Confirmation",
    "Contact",
    "ContactRevision",
    "Customer",
    "Digest",
    "Engagement",
    "EngagementSummary",
    "EnterpriseStatus",
    "EntitlementSlice",
    "Escalation",
    "Event",
    "Evidence",
    "Forecast",
    "Handover",
    "HealthRating",
    "ImportBatch",
    "ImportRow",
    "Mention",
    "MigrationScenario",
    "Morning",
    "NextAction",
    "Note",
    "NoteDraft",
    "NoteGuide",
    "NoteTemplate",
    "NoteWords",
    "Partner",
    "Receipt",
    "Redaction",
    "Referral",
    "ReferralPartner",
    "ReferralTemplate",
    "Reminder",
    "ReminderChoice",
    "Review",
    "ReviewSeries",
    "RouteChoice",
    "StepRun",
    "Sweep",
    "Tag",
    "TaskRecord",
    "Tenant",
    "TenantService",
    "UsageReading",
    "User",
    "Waiver",
]
