"""At the door: tokens, headers, cookies, lock-out, the admin, and whatever people write coming back as words."""

import json
import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from engagements.models import Customer, Engagement, Tenant
from playbook.models import Edition, Process, Step
from tasks.models import Role
from tests.scene import set_up
from tests.test_access import EXPECTED, PATTERNS, address, posted
from tests.test_settings import PRODUCTION, python  # noqa: F401 - a fixture

HTMX = {"HX-Request": "true"}
CORPUS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "</textarea><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "<b hx-get=/ hx-trigger=load>",
    "javascript:alert(1)",
    "{% debug %}{{ request }}",
    "\u202e\u2028Grüße \u4e16\u754c \U0001f4a3",
]
EVIL = " ".join(CORPUS)
MARKUP = ("<script>alert", "<img src=x", "<svg/onload", "<b hx-get")
PAGES = sorted(name for name, method in EXPECTED if method == "GET")
ADMIN = {name: route for name, route in PATTERNS.items() if route.startswith("admin/") and "/" not in name}


def admin_address(name: str, rows: dict) -> str:
    """An address of the admin with ids that exist where a page needs one."""
    route = ADMIN[name]
    values = {
        "object_id": rows.get(name.partition(":")[2].rsplit("_", 1)[0], 1),
        "pk": rows["playbook_edition"],
        "content_type_id": 1,
        "version_id": 1,
        "id": 1,
        "app_label": "playbook",
        "url": "nowhere",
    }
    wanted = {key: value for key, value in values.items() if f":{key}>" in route or f"<{key}>" in route}
    unnamed = route.count("([^/]+)")
    return reverse(name, args=[1] * unnamed) if unnamed else reverse(name, kwargs=wanted)


@pytest.fixture
def rows(scene):
    edition = scene.engagement.edition
    return {"playbook_edition": edition.pk, "playbook_step": scene.step.pk, "playbook_process": scene.step.process_id}


# Tokens, headers, cookies ---------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name, method in EXPECTED if method == "POST"))
def test_every_form_needs_its_token(name, scene, owner):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    answer = browser.post(address(name, scene), posted(name, scene))
    assert answer.status_code == 403
    assert "The page was too old to save" in answer.content.decode()


@pytest.mark.django_db
def test_every_answer_carries_a_policy_and_stays_out_of_frames(scene, client, owner, admin, rows):
    client.force_login(owner)
    answers = [client.get(address(name, scene)) for name in PAGES]
    answers += [client.get("/nowhere/"), client.get("/?q=%00"), client.post("/"), Client().get("/")]
    answers.append(client.post(address("step_note", scene), {"body": "x" * 4_000_000}))
    answers.append(client.get(reverse("step_detail", args=[0, "a", "b"])))
    client.force_login(admin)
    answers += [client.get(admin_address(name, rows)) for name in ADMIN]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_no_page_holds_script_or_style_of_its_own(scene, client, owner, admin, rows):
    client.force_login(owner)
    pages = [(name, client.get(address(name, scene))) for name in PAGES]
    client.force_login(admin)
    pages += [(name, client.get(admin_address(name, rows))) for name in ADMIN if not name.endswith("_autocomplete")]
    for name, page in pages:
        text = html_of(page)
        if page.status_code == 200 and text:
            assert " style=" not in text.replace("<svg style=", ""), name
            assert "<style" not in text, name
            assert " onclick=" not in text, name
            assert not re.search(r"<script(?![^>]* src=)(?![^>]* type=.application/json)", text), name


@pytest.mark.django_db
def test_a_page_that_breaks_says_so_with_the_same_headers(client, owner, monkeypatch):
    monkeypatch.setattr("engagements.views.today.today_page", lambda *args: 1 / 0)
    client.raise_request_exception = False
    client.force_login(owner)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_production_sends_cookies_over_https_only_and_hides_the_session_from_scripts(python):  # noqa: F811
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SECURE_SSL_REDIRECT"]
    names += ["SECURE_HSTS_SECONDS", "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_SAMESITE"]
    show = f"from django.conf import settings; print(*[getattr(settings, name) for name in {names}])"
    assert python(show, **PRODUCTION).stdout.split() == ["True", "True", "True", "True", "31536000", "Lax", "Lax"]


# Guessing passwords: tests/test_sign_in.py ------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["x" * 3000, "\u202eana", "ana' OR 1=1 --", ""])
def test_a_strange_name_is_only_a_wrong_name(name, owner):
    answer = Client().post(reverse("account_login"), {"login": name, "password": "x" * 5000})
    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies


# The admin ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["owner", "colleague", "partner", "leader", "manager", None])
def test_the_admin_is_shut_for_whoever_is_not_staff(who, request, rows, client):
    if who:
        client.force_login(request.getfixturevalue(who))
    for name in ADMIN:
        if name in ("admin:login", "admin:jsi18n", "admin:logout"):
            continue
        url = admin_address(name, rows)
        for answer in (client.get(url), client.post(url, {"post": "yes", "_save": "1"})):
            assert answer.status_code in (302, 404), name
            if answer.status_code == 302:
                assert "/login/" in answer["Location"], name


@pytest.mark.django_db
def test_no_address_of_the_admin_breaks_for_a_superuser(client, admin, rows):
    client.force_login(admin)
    for name in ADMIN:
        url = admin_address(name, rows)
        odd = ("?q=%ff&p=99999999999999999999&o=abc&e=1", "?q=" + "9" * 5000, "?edition=abc&phase=²&process=-1")
        for query in ("", *odd):
            assert client.get(url + query).status_code < 500, (name, query)
        if name not in ("admin:logout",):
            assert client.post(url, {}).status_code < 500, name


@pytest.fixture
def editor(groups):
    """Edits the catalogue, and nothing else."""
    user = get_user_model().objects.create_user("eddi", is_staff=True)
    user.groups.add(Group.objects.get(name="Catalogue Editor"))
    return user


@pytest.mark.django_db
def test_a_catalogue_editor_copies_edits_and_publishes_an_edition(client, editor, scene):
    client.force_login(editor)
    published = scene.engagement.edition
    client.post(reverse("admin:playbook_edition_copy", args=[published.pk]), {"name": "August"})
    draft = Edition.objects.get(name="August")
    for model in (Process, Step):
        row = model.objects.filter(**{"edition" if model is Process else "process__edition": draft}).first()
        page = client.get(reverse(f"admin:playbook_{model._meta.model_name}_change", args=[row.pk]))
        assert 'name="_save"' in page.content.decode()
    step = Step.objects.filter(process__edition=draft).first()
    assert client.get(reverse("admin:playbook_step_history", args=[step.pk])).status_code == 200
    assert client.get(reverse("admin:tasks_ftoptask_changelist")).status_code == 200
    role = {"name": "P-FTA", "abbreviation": "", "function": "other", "aliases": "", "position": 9}
    client.post(reverse("admin:tasks_role_add"), role)
    assert Role.objects.filter(name="P-FTA").exists()
    client.post(reverse("admin:playbook_edition_publish", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.status == "published"


@pytest.mark.django_db
def test_a_catalogue_editor_sees_no_people_customers_or_engagements(client, editor, scene):
    client.force_login(editor)
    for name in ("user", "assignment", "customer", "tenant", "engagement", "note", "event"):
        assert client.get(reverse(f"admin:engagements_{name}_changelist")).status_code == 403
    assert client.get(scene.engagement.get_absolute_url()).status_code == 404
    assert client.post(reverse("admin:tasks_role_delete", args=[Role.objects.first().pk])).status_code == 403


# Words stay words -----------------------------------------------------------------------------------------


def html_of(answer) -> str:
    """What a browser would draw; nothing for a file, which must be one that is saved and not shown."""
    if answer.get("Content-Type", "").startswith("text/html"):
        return answer.content.decode()
    shown = answer.status_code != 200 or not answer.get("Content-Type", "").startswith(("text/csv", "application/vnd."))
    assert shown or answer["Content-Disposition"].startswith("attachment")
    return ""


@pytest.fixture
def injected(engagement, owner):
    """The scene with every text that people write full of markup."""
    Customer.objects.update(**Customer.folded(f"Northwind {EVIL}"[:200]))
    Tenant.objects.update(**Tenant.folded(f"Northwind {EVIL}"[:200]), domain=EVIL[:200])
    owner.first_name, owner.last_name = CORPUS[0], CORPUS[1]
    owner.save()
    engagement.motions.first().__class__.objects.update(name=CORPUS[0])
    Engagement.objects.update(parked_reason=EVIL[:500])
    return set_up(Engagement.objects.get(), owner, EVIL)


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_what_people_write_comes_back_as_words(name, injected, client, owner):
    client.force_login(owner)
    page = client.get(address(name, injected), {"q": EVIL, "next": CORPUS[6], "kind": EVIL})
    text = html_of(page)
    for markup in (*MARKUP, 'href="javascript:'):
        assert markup not in text
    for value in page.headers.values():
        value.encode("latin-1")
        assert "\n" not in value


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name, method in EXPECTED if method == "POST"))
def test_what_people_write_comes_back_as_words_in_fragments_and_toasts_too(name, injected, client, owner):
    client.force_login(owner)
    form = posted(name, injected)
    texts = dict.fromkeys(["body", "text", "why", "reason", "name", "outcome", "new_csm", "new_owner", "answer"], EVIL)
    for data in (form | texts, texts, form):
        answer = client.post(address(name, injected), data, headers=HTMX)
        text = answer.content.decode()
        for markup in MARKUP:
            assert markup not in text
        for header, value in answer.headers.items():
            value.encode("ascii")
            if header == "HX-Trigger":
                json.loads(value)


@pytest.mark.django_db
def test_what_an_editor_writes_is_no_markup_on_the_form_of_a_new_engagement(client, owner, injected):
    client.force_login(owner)
    page = client.get(reverse("engagement_new"), {"tenant": injected.engagement.tenant_id})
    assert "&lt;script&gt;alert" in page.content.decode()
    assert "<script>alert" not in page.content.decode()
