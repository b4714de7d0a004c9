"""The nightly jobs: on the clock, known to the worker, and harmless when run twice."""

from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from celery.schedules import crontab
from django.contrib.sessions.models import Session

from engagements import jobs
from engagements.models import EngagementSummary


def test_every_job_on_the_clock_is_known_to_the_worker(settings):
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled
    assert scheduled <= current_app.tasks.keys()


def test_jobs_run_at_an_hour_of_the_night_not_a_day_after_the_start(settings):
    schedules = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert schedules.pop("engagements.jobs.send_due_reminders") == settings.REMINDER_EVERY
    assert schedules.pop("engagements.jobs.continue_imports") == timedelta(minutes=1)
    assert all(isinstance(schedule, crontab) and schedule.hour <= {1, 2, 3, 4} for schedule in schedules.values())


@pytest.mark.django_db
def test_a_summary_that_differs_from_the_rules_is_put_right_in_the_night(engagement, summarised):
    summarised()
    right = EngagementSummary.objects.values().get(engagement=engagement)
    EngagementSummary.objects.update(steps_total=right["steps_total"] + 7, health="red", found_by="nobody")
    jobs.rebuild_all_summaries()
    jobs.rebuild_all_summaries()
    now = EngagementSummary.objects.values().get(engagement=engagement)
    assert now | {"updated_at": None} == right | {"updated_at": None}


@pytest.mark.django_db
def test_only_expired_sessions_are_forgotten():
    now = datetime.now(UTC)
    for key, ends in (("old", now - timedelta(days=1)), ("live", now + timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=ends)
    jobs.clear_expired_sessions()
    jobs.clear_expired_sessions()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["live"]
