"""Signing in, passwords and sessions: django-allauth, in the Desk's look, counted by django-axes (decision 15)."""


def display_name(user) -> str:
    """What pages and mails of django-allauth call somebody."""
    return str(user)
