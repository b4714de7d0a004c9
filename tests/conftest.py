"""What every test shares: the cast, and a clean slate for what is kept in memory between requests."""

import pytest

from playbook.compiled import forget_compiled

pytest_plugins = ["tests.cast", "tests.scene"]


@pytest.fixture(autouse=True)
def _nothing_kept_in_memory():
    forget_compiled()
    yield
    forget_compiled()


@pytest.fixture(autouse=True)
def _fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
