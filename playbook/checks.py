"""The words that checks and conditions may use: one list for `gates.toml`, drafts and pages. Pure."""

import re

# What records decide, or a person states → how the playbook says it.
PLAIN = {
    "attest": "stated by a person",
    "contact": "a contact of the customer is recorded",
    "contact:survey": "a contact is eligible for the survey, with language, country and services",
    "csm": "a CSM is assigned",
    "dibs": "DIBS are complete, from the adoption record",
    "dibs:confirmed": "the customer confirmed DIBS since the engagement began",
    "referral": "a QuickLeads referral was sent and none is open",
    "ssat": "SSAT is in place, from the adoption record",
    "start-date": "what is In Progress has an engagement start date",
    "status": "no seat stands at Status Unknown",
    "usage": "100 active users, or 10 % where the customer has fewer than 1,000 seats",
    "usage:success": "10 % active users of every intended service",
}
# A series of reviews of a kind is agreed; admins make kinds, so any word will do.
REVIEW = re.compile(r"review:([a-z0-9]+(?:-[a-z0-9]+)*)$")
NOTE_CATEGORIES = (
    "engagement-management",
    "service-intent",
    "technical-enablement",
    "environment",
    "enterprise-status",
    "migration",
)
FACTS = ("csm", "enabled", "migrates", "account-managed", "more-services", "several-services")
