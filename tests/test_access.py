"""Every address × every method × everybody, held against the table in ``docs/access.md``."""

import re
import uuid

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from engagements import working_days
from tests.processes import ROOT

PAGE = (ROOT / "docs" / "access.md").read_text()
EVERYBODY = ["anonymous", "owner", "colleague", "stranger", "partner", "leader", "manager", "admin"]
SIGN_IN, ANY = "sign in", "–"
ALLAUTHS_OWN = "accounts/"  # class-based views, which also answer OPTIONS and take PUT as POST


def expected_answers() -> dict[tuple[str, str], dict[str, str]]:
    """(name, method) → who → the answer, from the table with a column for everybody."""
    found = {}
    head = "| Address | Method | " + " | ".join(EVERYBODY) + " |"
    for row in re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \|$", PAGE[PAGE.index(head) :], re.MULTILINE):
        name, method, answers = row
        assert (name, method) not in found, f"{name} {method} stands in the table twice"
        found[name, method] = dict(zip(EVERYBODY, answers.split(" | "), strict=True))
    return found


def all_patterns(resolver=None, path="", spaces=()) -> dict[str, str]:
    """Name (with its namespaces) → route, of every address."""
    found = {}
    for entry in (resolver or get_resolver()).url_patterns:
        route = path + str(entry.pattern)
        if isinstance(entry, URLPattern):
            found[":".join([*spaces, entry.name or route])] = route
        else:
            found |= all_patterns(entry, route, [*spaces, *([entry.namespace] if entry.namespace else [])])
    return found


EXPECTED = expected_answers()
PATTERNS = all_patterns()
OURS = {name: route for name, route in PATTERNS.items() if not route.startswith("admin/")}
NAMES = sorted({name for name, _ in EXPECTED})


def address(name: str, scene) -> str:
    """Where the scene has something of that name."""
    pk, customer = scene.engagement.pk, scene.engagement.tenant.customer_id
    edition, process, step = scene.engagement.edition_id, scene.step.process.slug, scene.step.slug
    args = {
        "import_preview": [scene.batch.token],
        "import_choices": [scene.batch.token],
        "import_refused": [scene.batch.token],
        "service_edit": [pk, scene.service.pk],
        "customer_detail": [customer],
        "enterprise_status": [customer],
        **{f"review_{page}": [scene.review.pk] for page in ("detail", "attendance", "status")},
        "customer_edit": [customer, "progress"],
        "customer_health": [customer],
        "customer_compete": [customer],
        "customer_winner": [customer],
        "tenant_edit": [pk, "standing"],
        "service_enabled": [pk, scene.service.pk],
        "usage_reading": [pk, scene.service.pk],
        "note_detail": [pk, scene.note.pk],
        "note_recap": [pk, scene.note.pk],
        "note_correct": [pk, scene.note.pk],
        "escalation_acknowledge": [scene.escalation.pk],
        **{f"contact_{page}": [pk, scene.contact.pk] for page in ("edit", "data", "export", "erase")},
        "task_status": [pk, 983],
        "condition_answer": [pk, "wanted"],
        "receipt_detail": [pk, scene.receipt.pk],
        "step_reopen": [pk, scene.receipt.pk],
        "key_output_confirm": [pk, scene.key_output.pk],
        "next_action": [scene.action.pk],
        "event_undo": [scene.event.pk],
        "draft_delete": [scene.draft.pk],
        "mention_seen": [scene.mention.pk],
        "handover_detail": [scene.handover.pk],
        "review_ics": [scene.review.pk],
        "calendar_feed": ["unknown"],
        "bulk_change": [scene.bulk.pk],
        "customer_team": [scene.engagement.tenant.customer_id],
        "waiver_decide": [scene.waiver.pk],
        "step_unlink": [*scene.at_step, scene.evidence.pk],
        "edition_detail": [edition],
        "process_detail": [edition, process],
        "playbook_step": [edition, process, step],
        "task_detail": [983],
        "account_reset_password_from_key": ["1", "set-password"],
        "account_confirm_email": ["unknown"],
    }
    if name not in args:
        route = OURS[name]
        args[name] = scene.at_step if "<str:step>" in route else [pk] if "<int:pk>" in route else []
    query = {
        "step_statement": f"?line={scene.stated.pk}",
        "step_evidence": f"?line={scene.line.pk}",
        "condition_answer": f"?step={process}/{step}",
        "engagement_new_preview": f"?tenant={scene.engagement.tenant_id}",
    }
    return reverse(name, args=args[name]) + query.get(name, "")


def posted(name: str, scene) -> dict:
    """What a person would send there; everything else is posted empty."""
    note = {"token": str(uuid.uuid4()), "category": "engagement-management", "body": "We met."}
    return {
        "account": {
            "time_zone": "Europe/Lisbon",
            "morning_at": "08:00",
            "quiet_from": "19:00",
            "quiet_until": "07:00",
        },
        "account_reset_password": {"email": "somebody@example.com"},
        "engagement_new": {"tenant": scene.engagement.tenant_id},
        "bulk_choose": {"do": "tag", "chosen": [scene.engagement.pk]},
        "bulk_change": {"do": "begin", "tag": "Wave 2"},
        "import_upload": {"file": ""},
        "usage_import": {"file": ""},
        "engagement_usage_import": {"file": ""},
        "engagement_licences": {"file": ""},
        "engagement_services": {"do": "scope", "service": scene.service.pk},
        "service_edit": {
            "due_on": "2026-06-30",
            "slices": "1",
            "slice-0-l1": "no-intent",
            "slice-0-count": "100",
            "migrations": "1",
        },
        "service_enabled": {"on": "2026-05-01"},
        "engagement_usage": {"on": "2026-05-01", f"users_{scene.service.pk}": "40"},
        "usage_reading": {"on": "2026-05-01", "active_users": "40"},
        "engagement_reviews": {
            "agree": "check-in",
            "owner": scene.assignment.user_id,
            "first_on": working_days.same_or_next(timezone.localdate(), "").isoformat(),
            "every": "2",
            "unit": "week",
            "at": "10:00",
            "minutes": "30",
        },
        "account_team": {"managed": "yes"},
        "customer_edit": {"region": "EMEA"},
        "customer_health": {"group": 0, "colour": "green", "why": "On time"},
        "customer_compete": {"product": "Slack", "validity": "in-use"},
        "customer_winner": {"winner": scene.engagement.tenant_id},
        "review_detail": {
            "token": str(uuid.uuid4()),
            "engagement": scene.engagement.pk,
            "held_on": "2026-05-21",
            "body": "We met.",
            "came": [f"contact-{scene.contact.pk}"],
        },
        "review_attendance": {"came": [f"contact-{scene.contact.pk}"]},
        "tenant_edit": {"status": "Active"},
        "tenant_partner": {"name": "Alpine Consulting"},
        "engagement_contacts": {"name": "Somebody", "kind": "customer"},
        "referral_detail": {"do": "begin"},
        "contact_edit": {"name": "Priya Raman", "kind": "customer"},
        "contact_erase": {"basis": "Asked for by mail"},
        "engagement_notes": note,
        "note_grade": {"category": "service-intent", "body": "In Progress"},
        "note_draft": note | {"place": f"/engagements/{scene.engagement.pk}/notes/", "version": "0"},
        "engagement_state": {"do": "park", "until": "2199-01-01", "why": "Their year end"},
        "engagement_closing": {"ended_as": "withdrew", "outcome": "Done"},
        "engagement_team": {"do": "lead", "assignment": scene.assignment.pk},
        "handover_detail": {"do": "withdraw"},
        "customer_team": {"do": "lead", "assignment": scene.assignment_at_customer.pk},
        "condition_answer": {"answer": "no"},
        "task_status": {"status": "In Progress"},
        "next_action": {"done": "1"},
        "engagement_actions": {"text": "Call", "due_on": "2199-01-01", "owner": scene.action.owner_id},
        "note_correct": {"token": str(uuid.uuid4()), "body": "We met again."},
        "step_reopen": {"why": "By mistake"},
        "step_note": note,
        "step_link_note": {"note": scene.note.pk},
        "step_route": {"group": scene.group.pk, "route": scene.route.pk},
        "step_statement": {"text": "She is there"},
        "key_output_confirm": {"text": "Decided by voice"},
        "waiver_ask": {"what": f"line-{scene.line.pk}", "reason": "Known"},
        "waiver_decide": {"decision": "grant"},
    }.get(name, {})


@pytest.fixture
def ask(scene, colleague, stranger, partner, leader, manager, admin, owner, settings):
    """Asks as somebody, on the same rows each time: whatever the request wrote is taken back."""
    settings.ACCOUNT_RATE_LIMITS = False  # eight people ask from one address
    people = dict(zip(EVERYBODY[1:], [owner, colleague, stranger, partner, leader, manager, admin], strict=True))
    sessions = {}
    for who, user in people.items():
        signed_in = Client()
        signed_in.force_login(user)
        sessions[who] = signed_in.cookies["sessionid"].value

    def as_somebody(who: str, method: str, url: str, data: dict | None = None):
        client = Client()
        if who in sessions:
            client.cookies["sessionid"] = sessions[who]
        with transaction.atomic():
            answer = getattr(client, method.lower())(url, data or {})
            transaction.set_rollback(True)
        return answer

    return as_somebody


def said(answer) -> str:
    """The answer in the words of the table."""
    if answer.status_code == 302 and answer["Location"].startswith(reverse("account_login")):
        return SIGN_IN
    return str(answer.status_code)


def test_the_table_names_every_address_and_no_other():
    assert sorted(OURS) == NAMES


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_everybody_gets_the_answer_that_the_table_gives(name, scene, ask):
    url, wrong = address(name, scene), []
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        row = EXPECTED.get((name, "GET" if method == "HEAD" else method))
        for who in EVERYBODY:
            answer = ask(who, method, url, posted(name, scene) if method == "POST" else None)
            if row is not None:
                right = row[who] in (said(answer), ANY)
            elif OURS[name].startswith(ALLAUTHS_OWN):
                right = said(answer) in (SIGN_IN, "200", "302", "403", "405")
            else:
                is_shut = who == "anonymous" and EXPECTED[name, method_of(name)][who] == SIGN_IN
                right = said(answer) == (SIGN_IN if is_shut else "405")
            if not right:
                wrong.append(f"{method} {name} as {who}: {said(answer)}, the table says {row and row[who]}")
    assert not wrong, "\n".join(wrong)


def method_of(name: str) -> str:
    return next(method for known, method in EXPECTED if known == name)
