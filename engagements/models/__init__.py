"""The run of the playbook: customers, people, engagements, steps, notes, adoption records, history."""

from engagements.models.adoption import AdoptionRecord
from engagements.models.customers import Contact, Customer, Tenant, TenantService
from engagements.models.engagements import ConditionAnswer, Engagement, EngagementSummary
from engagements.models.events import Event
from engagements.models.imports import ImportBatch
from engagements.models.notes import NextAction, Note
from engagements.models.people import Assignment
from engagements.models.runs import Confirmation, Evidence, Receipt, RouteChoice, StepRun, TaskRecord, Waiver
from engagements.models.users import User

__all__ = [
    "AdoptionRecord",
    "Assignment",
    "ConditionAnswer",
    "Confirmation",
    "Contact",
    "Customer",
    "Engagement",
    "EngagementSummary",
    "Event",
    "Evidence",
    "ImportBatch",
    "NextAction",
    "Note",
    "Receipt",
    "RouteChoice",
    "StepRun",
    "TaskRecord",
    "Tenant",
    "TenantService",
    "User",
    "Waiver",
]
