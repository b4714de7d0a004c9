"""Chromium against a live server that runs the bundled playbook."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from engagements.demo.people import demo_people
from playbook.importer import import_folder

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = Path(os.environ.get("SCREENSHOTS", ROOT / "screenshots"))
# Playwright's synchronous interface runs a loop in this thread; the tests use the database beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("Chromium is not installed. Install it with: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        )
        yield browser
        browser.close()


@pytest.fixture
def people(transactional_db):
    """The published bundled playbook, and the demo users."""
    import_folder(ROOT / "fixtures" / "playbook", name="FastTrack playbook", publish=True)
    return demo_people()


class Desk:
    """One person's browser. Counts what the person does, and fails on script errors and CSP violations."""

    def __init__(self, browser, base: str, username: str, **options):
        options.setdefault("viewport", {"width": 1440, "height": 1000})
        self.context = browser.new_context(base_url=base, **options)
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._listen)
        self.page.on("request", self._watch)
        self.base, self.username, self.done = base, username, 0
        self.measuring = False

    def _listen(self, message):
        # Refusals answer 4xx on purpose, and the console names each; scripts and CSP speak up otherwise. Axe and
        # the camera set styles of their own, which the CSP blocks too.
        expected = ("Failed to load resource", "Response Status Error Code")
        if not self.measuring and message.type == "error" and not message.text.startswith(expected):
            self.problems.append(f"{self.page.url} {message.location}: {message.text}")

    def _watch(self, request):
        if not request.url.startswith((self.base, "data:")):
            self.problems.append(f"asked another host: {request.url}")

    def sign_in(self):
        self.page.goto("/accounts/login/")
        self.page.get_by_label("Username").fill(self.username)
        self.page.get_by_label("Password", exact=True).fill("fasttrack-demo")
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/")
        return self

    def click(self, locator):
        self.done += 1
        locator.click()

    def fill(self, locator, text):
        self.done += 1
        locator.fill(text)

    def must_be_accessible(self):
        with self._measurement():
            found = Axe().run(self.page).response["violations"]
        assert not found, [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]

    @contextmanager
    def _measurement(self):
        self.measuring = True
        yield
        self.page.wait_for_timeout(50)  # what the console still has to say belongs to the measurement
        self.measuring = False

    def shoot(self, name):
        """The page wide, on a phone and in the dark."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size
        for look, width, scheme in (("wide", 1440, "light"), ("phone", 390, "light"), ("dark", 1440, "dark")):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme=scheme)
            self.page.wait_for_timeout(250)  # colours fade
            with self._measurement():
                self.page.screenshot(path=SCREENSHOTS / f"{name}-{look}.png")
            if width == 390:
                overflow = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert overflow <= 0, f"{name} is {overflow} px wider than a phone"
        self.page.set_viewport_size(size)
        self.page.emulate_media(color_scheme="light")


@pytest.fixture
def desk(chromium, live_server, people):
    """Opens a signed-in browser: ``desk("fm")``; at the end no script, style or host may have misbehaved."""
    opened = []

    def open_desk(username, **options):
        one = Desk(chromium, live_server.url, username, **options).sign_in()
        opened.append(one)
        return one

    yield open_desk
    for one in opened:
        one.context.set_offline(True)  # what a page still keeps when it closes comes too late for the test's database
        one.context.close()
        assert not one.problems, one.problems
