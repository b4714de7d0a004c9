"""What every test shares: the cast, and a clean slate for what is kept in memory between requests."""

import uuid

import pytest
from django.test import TransactionTestCase

from engagements import guards, jobs
from engagements.groups import ensure_groups
from fasttrack.celery import app as celery
from playbook.compiled import forget_compiled
from tests import write_guard

pytest_plugins = ["tests.cast", "tests.scene"]
write_guard.install()


@pytest.fixture(autouse=True)
def _nothing_kept_in_memory():
    forget_compiled()
    yield
    forget_compiled()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The groups stand from the beginning, as they do in a desk; a tenth of a second that each test saves."""
    with django_db_blocker.unblock():
        ensure_groups()


@pytest.fixture(autouse=True)
def _fast_settings(settings, request):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Each new client would look for every static file; only browsers ask for them.
    settings.WHITENOISE_USE_FINDERS = request.node.get_closest_marker("browser") is not None
    # Limits of how often something may be asked for live in the cache; no test uses up those of another.
    settings.CACHES = {name: {**cache, "KEY_PREFIX": uuid.uuid4().hex} for name, cache in settings.CACHES.items()}


@pytest.fixture(autouse=True)
def _jobs_run_at_once():
    """What a page hands to a worker is done before it answers; tests of the queue start workers of their own."""
    celery.conf.update(task_always_eager=True, task_eager_propagates=True)


@pytest.fixture(autouse=True)
def _imports_are_worked_on_at_once(monkeypatch):
    """A request that leaves an import to a worker finds it done; real workers are in ``test_import_faults.py``."""
    monkeypatch.setattr(jobs.work_on_import, "apply_async", lambda args, *_, **__: jobs.work_on_import(*args))


@pytest.fixture(autouse=True, scope="session")
def _tables_are_emptied_without_guards():
    """Tests that commit are cleaned up by deleting every row, also of what is never deleted; then guards return."""
    empty = TransactionTestCase._fixture_teardown

    def teardown(self):
        guards.remove()
        empty(self)
        guards.install()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield
