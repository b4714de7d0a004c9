"""The history of an engagement as sentences: "Ana Ruiz set task 983 from In Progress to Complete".

``wanted`` finds the events that somebody asked for, ``page`` draws and exports them, ``names`` turns ids into
the names of today, ``objects`` is the one table of what can be told, and the rest are the sentences by what
they are about.
"""

from engagements.selectors.history.page import engagement_events, events_to_export, told_rows

__all__ = ["engagement_events", "events_to_export", "told_rows"]
