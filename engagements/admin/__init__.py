"""Admin of people, customers and tenants; a view, and no more, of what engagements recorded."""

from engagements.admin import audit, cadences, calendars, customers, notes, people, records, referrals, reminders

__all__ = ["audit", "cadences", "calendars", "customers", "notes", "people", "records", "referrals", "reminders"]
