"""Admin of people, customers and tenants; a view, and no more, of what engagements recorded."""

from engagements.admin import cadences, calendars, customers, notes, people, records, referrals, reminders

__all__ = ["cadences", "calendars", "customers", "notes", "people", "records", "referrals", "reminders"]
