"""The bundled playbook holds what the domain reference promises (DOMAIN §10, R1–R28), read as any folder is."""

import re
import tomllib
from pathlib import Path

import pytest

from playbook.catalogue import resolve
from playbook.folder import read_folder
from playbook.vocabulary import ROLES, SERVICES, STANDARD_PHASES
from tasks.folding import fold

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PAGES = FIXTURES / "playbook"

FM, FE, FTA = "FastTrack Manager", "FastTrack Engineer", "FastTrack Architect v2"
ALL, CORE, OPP, OD = "All Services", "Core Onboarding", "Office ProPlus", "OneDrive for Business"
KICKOFF, ACM = "conduct-customer-kickoff", "conduct-adoption-change-management-conversation"
SUCCESS, CADENCE = "support-success-execution", "setup-governance-review-meeting-cadence"
LEAVE_ENABLE, LEAVE_MIGRATE = (
    "conduct-engagement-completion-discussion",
    "migrate-conduct-engagement-completion-discussion",
)
TERMS = (
    "If required, send customer link to FastTrack Terms and Conditions http://aka.ms/fasttrackterms. "
    "View Task Guidance for more information"
)
LISTED = [
    (983, "QuickLeads", "O", FM, ALL, KICKOFF),
    (994, "Conduct Initiate/Kickoff Meeting(s)", "M", FM, ALL, KICKOFF),
    (
        1126,
        "Meet with Customer PM and Customer Tech Leads to enable Core and Services",
        "M",
        FE,
        ALL,
        "enable-services",
    ),
    (1903, TERMS, "O", FM, CORE, KICKOFF),
    (1910, "Survey Eligibility", "O", FM, ALL, "enable-services"),
    (3278, "Outlook Mobile - Deliver Pitch", "M", FM, f"Exchange / Intune / {OPP} / Outlook Mobile", ACM),
    (3330, "Deliver Land the FastTrack Benefit Workshop", "O", FTA, ALL, "land-the-benefit"),
    (3333, "Conduct Customer Program Health Meetings", "M", FTA, ALL, CADENCE),
    (3334, "Set CxO Governance, Strategy, and Health Briefings Cadence", "M", FM, CORE, CADENCE),
    (3616, "Complete Initial customer outreach", "M", FM, ALL, KICKOFF),
    (3650, "Office ProPlus - OPP Acceleration", "O", FM, OPP, SUCCESS),
    (3690, "Identify Survey Contact", "O", FM, ALL, "enable-services"),
    (3718, "OneDrive - Deliver OneDrive Business Value Deck", "M", FM, OD, ACM),
    (3731, "Teams - Post Enablement Field Handshake", "O", FM, "Teams", SUCCESS),
    (3732, "Yammer - Post Enablement Field Handshake", "O", FM, "Yammer", SUCCESS),
    (3733, "Outlook Mobile - Post Enablement Field Handshake", "O", FM, "Outlook Mobile", SUCCESS),
    (3734, "Office ProPlus/Windows - Deliver App Assure BVD", "M", FM, f"{OPP} / Windows 10", ACM),
    (3737, "SharePoint Online Business Value Workshop", "M", FM, "SharePoint", ACM),
    (3738, "Office 365 ProPlus - Deliver Pitch Deck", "M", FM, OPP, ACM),
    (3740, "OneDrive - Conduct OneDrive Adoption Program Introduction", "M", FM, OD, SUCCESS),
    (3741, "OneDrive - Perform OneDrive Adoption Workshop", "M", FM, OD, SUCCESS),
    (3743, "OneDrive - Track OneDrive Adoption Program Progress", "O", FM, OD, SUCCESS),
    (3979, "Handover between Gateway/GRT and CSS", "O", FM, ALL, KICKOFF),
    (3991, "Exchange Online Business Value Discussion (BVD)", "O", FE, "Exchange", ACM),
    (4047, "Conduct Adoption & Change Management Conversation", "M", FM, ALL, ACM),
    (4058, "Disengagement process is complete", "M", FM, ALL, LEAVE_ENABLE),
    (4060, "Disengagement process is complete", "M", FM, ALL, LEAVE_MIGRATE),
    (4094, "Microsoft Edge - Deliver Pitch", "M", FM, "Edge", ACM),
]


@pytest.fixture(scope="module")
def catalogue():
    return resolve(read_folder(PAGES))


@pytest.fixture(scope="module")
def steps(catalogue):
    return {f"{process.slug}/{step.slug}": step for process in catalogue.processes for step in process.steps}


@pytest.fixture(scope="module")
def reference():
    return tomllib.loads((FIXTURES / "catalogue.toml").read_text())


def lines_of(step, section):
    return [line for top in getattr(step, section) for line in top.flat()]


def line_saying(step, section, words):
    return next(line for line in lines_of(step, section) if words in line.text)


def test_nothing_is_left_to_warn_about(catalogue):
    assert catalogue.warnings == ()


def test_the_ten_phases_stand_in_their_order(catalogue):
    assert [phase.name for phase in catalogue.phases] == list(STANDARD_PHASES)


def test_processes_of_a_phase_stand_in_the_order_of_work(catalogue):
    order = {name: position for position, name in enumerate(STANDARD_PHASES)}
    processes = sorted(catalogue.processes, key=lambda process: order[process.phase])
    assert [process.slug for process in processes] == [
        KICKOFF,
        "land-the-benefit",
        CADENCE,
        ACM,
        "address-technical-gaps",
        "enable-services",
        LEAVE_ENABLE,
        LEAVE_MIGRATE,
        SUCCESS,
    ]


@pytest.mark.parametrize(("number", "name", "letter", "role", "services", "process"), LISTED)
def test_a_number_is_listed_as_the_reference_prints_it(catalogue, number, name, letter, role, services, process):
    (listing,) = (each for each in catalogue.listings if each.row.number == number)
    row = listing.row
    assert (row.name, row.letter, row.roles, row.services) == (name, letter, (role,), tuple(services.split(" / ")))
    assert listing.process == process
    assert listing.step


def test_no_other_number_is_listed(catalogue):
    assert [row.number for row in sorted(catalogue.tasks, key=lambda row: row.number)] == [each[0] for each in LISTED]


def test_every_step_names_role_motions_and_services(steps):
    assert all(step.roles and step.motions and step.applies_to for step in steps.values())


def test_every_process_says_what_comes_next(catalogue):
    assert all("](" in process.next_steps for process in catalogue.processes)


def test_the_conversation_waits_for_kickoff_and_dibs(steps):
    """R2."""
    step = steps[f"{ACM}/schedule-and-conduct-adoption-change-management-conversation"]
    note = "note:engagement-management"
    leaves = [line.checks for line in lines_of(step, "inputs") if not line.children]
    agreed = ("note:engagement-management",)
    assert leaves == [(note, f"step:{KICKOFF}/schedule-and-conduct-kickoff-meeting"), agreed, ("dibs",)]


def test_a_partner_is_found_by_one_of_three_routes(steps):
    """R4, R5: the customer's own partner, the account team, QuickLeads only without an account team."""
    step = steps[f"{ACM}/request-an-acm-partner"]
    (routes,) = (line for line in step.outputs if line.rule == "one of")
    assert step.when == "acm-partner-wanted"
    assert [route.when for route in routes.children] == [None, "account-managed", "not account-managed"]
    assert {"referral", "task:983"} <= set(routes.children[2].checks)
    assert len(routes.children[2].children) == 3


def test_4047_waits_for_conversation_and_wanted_partner(steps):
    """R9."""
    step = steps[f"{ACM}/adoption-change-management-customer-conversation-complete"]
    asked = {
        check: line.when for line in lines_of(step, "inputs") for check in line.checks if check.startswith("step:")
    }
    assert asked == {
        f"step:{ACM}/schedule-and-conduct-adoption-change-management-conversation": None,
        f"step:{ACM}/request-an-acm-partner": "acm-partner-wanted",
    }


def test_a_due_handover_makes_3979_mandatory(steps):
    """R14."""
    rows = {row.number: row for row in steps[f"{KICKOFF}/prepare-for-kickoff-meeting"].tasks}
    assert (rows[3979].mandatory, rows[3979].mandatory_when) == (False, "handover-due")


def test_the_account_team_is_asked_only_where_there_is_one(steps):
    """R15."""
    step = steps[f"{KICKOFF}/prepare-for-kickoff-meeting"]
    assert {line.when for line in lines_of(step, "outputs")} == {"account-managed"}


def test_kickoff_confirms_dibs_and_does_not_wait_for_ssat(steps):
    assert lines_of(steps[f"{KICKOFF}/confirm-dibs-kickoff-meeting"], "outputs")[0].checks == ("dibs", "dibs:confirmed")
    ssat = lines_of(steps[f"{KICKOFF}/capture-available-ssat-kickoff-meeting"], "outputs")
    assert [line.optional for line in ssat if "ssat" in line.checks] == [True]


def test_a_csm_takes_the_check_ins_over(steps):
    """R11, R12."""
    handshake = steps[f"{SUCCESS}/csm-handshake-for-modern-comms"]
    assert {row.mandatory_when for row in handshake.tasks} == {"csm-takes-over"}
    assert handshake.when == "csm-takes-over"
    for slug in ("schedule-success-check-in-meetings", "encourage-customer-to-track-adoption-progress"):
        assert steps[f"{SUCCESS}/{slug}"].when == "not csm-takes-over"


@pytest.mark.parametrize(("process", "number"), [(LEAVE_ENABLE, 4058), (LEAVE_MIGRATE, 4060)])
def test_disengaging_follows_a_discussion_of_every_service(steps, process, number):
    """R25, R26."""
    discussion = steps[f"{process}/conduct-engagement-completion-discussion"]
    leaving = steps[f"{process}/disengagement-process-is-complete"]
    assert discussion.per_service
    assert discussion.motions == leaving.motions == ("RFA",)
    assert leaving.inputs[0].checks == (f"step:{process}/conduct-engagement-completion-discussion",)
    assert [row.number for row in leaving.tasks] == [number]


def test_enablement_is_complete_by_usage_or_by_the_customers_word(steps):
    """R22, R24."""
    step = steps[f"{LEAVE_ENABLE}/conduct-engagement-completion-discussion"]
    group = line_saying(step, "outputs", "Enablement is complete")
    assert (group.rule, len(group.children)) == ("one of", 2)
    assert "100 active users" in group.children[0].text
    assert "1,000 seats" in group.children[0].text
    assert [line.checks for line in group.children] == [("usage",), ("attest",)]


def test_success_is_read_from_the_active_users(catalogue):
    """R28."""
    (success,) = (process for process in catalogue.processes if process.slug == SUCCESS)
    assert success.key_outputs[-1].checks == ("usage:success",)


def test_the_survey_asks_whom_the_contacts_name(catalogue, steps):
    """R21, R56."""
    assert lines_of(steps["enable-services/customer-survey-eligibility"], "outputs")[0].checks == ("contact:survey",)
    (enable,) = (process for process in catalogue.processes if process.slug == "enable-services")
    assert enable.key_outputs[1].checks == ("contact:survey",)


def test_statuses_are_known_before_services_are_enabled(steps):
    assert lines_of(steps["enable-services/assist-with-enablement"], "inputs")[0].checks == ("status",)


def test_the_benefit_captures_when_delivery_starts(steps):
    """R48: asked of a new customer."""
    step = steps["land-the-benefit/capture-outcome-of-land-the-benefit"]
    line = line_saying(step, "outputs", "engagement start date")
    assert (line.checks, line.when) == (("start-date",), "new-customer")


def test_an_engagement_with_more_services_is_not_closed(catalogue):
    (acm,) = (process for process in catalogue.processes if process.slug == ACM)
    assert acm.key_outputs[0].when == "not more-services"


def test_conditions_are_all_asked_somewhere(catalogue):
    text = (PAGES / "gates.toml").read_text()
    used = set(re.findall(r"[\w-]+", " ".join(re.findall(r'(?:mandatory_)?when = "([^"]+)"', text)))) - {"not", "and"}
    assert used == {condition.key for condition in catalogue.conditions}


def test_each_condition_explains_both_answers(catalogue):
    assert all(condition.yes and condition.no for condition in catalogue.conditions)


def test_pages_name_no_person_and_no_internal_address():
    for page in PAGES.glob("*.md"):
        text = page.read_text()
        assert not re.search(r"^(author|ms\.author|manager|ft\.owner):|Program Manager:|Who Changed", text, re.M), page
        assert not re.search(r"sharepoint\.com|powerbi\.com|@", text), page


@pytest.mark.parametrize(("kind", "names"), [("role", ROLES), ("service", SERVICES)])
def test_every_name_of_a_page_is_a_row_of_the_reference_data(reference, kind, names):
    known = {
        fold(spelling)
        for row in reference[kind]
        for spelling in (row["name"], row.get("abbreviation", ""), row.get("short", ""), *row["aliases"])
    }
    assert {name for name in names if fold(name) not in known} == set()


def test_no_spelling_stands_for_two_rows(reference):
    for kind in ("role", "service", "motion"):
        spellings = [fold(word) for row in reference[kind] for word in {row["name"], *row["aliases"]}]
        assert len(spellings) == len(set(spellings))


def test_models_leave_out_real_phases(reference):
    left_out = {row["slug"]: row["phases_left_out"] for row in reference["model"]}
    assert len(left_out) == 6
    assert left_out["reactive"] == ["Presales", "Engagement"]
    assert {phase for phases in left_out.values() for phase in phases} <= set(STANDARD_PHASES)
