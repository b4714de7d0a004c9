"""A reset mail as it really goes: a page puts it into the queue, a worker hands it to a mail server, the link works."""

import re
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.test import Client

from engagements.jobs import send_password_reset
from fasttrack.celery import app as celery
from tests import factories as make
from tests.processes import environment, free_port, started, until
from tests.real_services import own_redis

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="A worker writes beside the test"),
]


class Postbox:
    """An SMTP server that is not there for its first visitor, and keeps what the others bring."""

    def __init__(self):
        self.messages, self.refusals = [], 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if not self.refusals:
            self.refusals += 1
            return "451 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.messages.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture
def postbox():
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    box.url = f"smtp://127.0.0.1:{server.port}"
    yield box
    server.stop()


@pytest.fixture
def worker(postbox, tmp_path):
    """A worker of its own on a queue of its own; what the page of this test hands over goes there."""
    database = connection.settings_dict
    with own_redis() as queue:
        env = environment(
            DATABASE_URL=f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}",
            REDIS_URL=queue,
            EMAIL_URL=postbox.url,
            SITE_URL="https://desk.example.org",
            VAR_DIR=tmp_path / "var",
            SECRET_KEY="the-worker-and-this-test-sign-alike",
            DJANGO_SETTINGS_MODULE="fasttrack.settings",
        )
        argv = ["celery", "-A", "fasttrack", "worker", "--concurrency", "1", "--hostname", "reset@%h"]
        log = tmp_path / "worker.log"
        with started(argv, env, log), celery.connection_for_write(queue) as broker:
            yield broker, log


def test_a_mail_that_the_server_puts_off_arrives_in_the_end_and_its_link_works(worker, postbox, settings, monkeypatch):
    broker, log = worker
    settings.SECRET_KEY = "the-worker-and-this-test-sign-alike"
    monkeypatch.setattr(
        "fasttrack.accounts.forms.send_password_reset.delay",
        lambda address: send_password_reset.apply_async([address], connection=broker, task_always_eager=False),
    )
    user = make.UserFactory(username="ana", email="ana@example.org")
    user.set_password("a right password")
    user.save()
    celery.conf.update(task_always_eager=False)
    assert Client().post("/accounts/password/reset/", {"email": "ANA@example.org"}).status_code == 302
    until(lambda: postbox.messages, what="a mail arrives", log=log)
    ((recipients, message),) = postbox.messages
    assert postbox.refusals == 1
    assert recipients == ["ana@example.org"]
    assert message["X-Auto-Response-Suppress"] == "All"
    (url,) = re.findall(r"https://desk\.example\.org/\S+", message.get_body(["plain"]).get_content())
    browser = Client()
    page = browser.get(urlsplit(url).path, follow=True)
    new = "another right password"
    browser.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    user.refresh_from_db()
    assert user.check_password(new)
