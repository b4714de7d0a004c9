"""Reminders: which there are, when they go out, what they say, and how they are sent exactly as promised.

``kinds`` and ``hours`` are pure. ``planning`` writes the ledger by set-based SQL, ``writing`` looks up what a
reminder says, ``sending`` claims, sends and marks. Everything else promises by ``services.reminders``.
"""
