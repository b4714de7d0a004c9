"""The five real pages: every number, letter, role, service, step and checklist line of them comes in."""

from pathlib import Path

import pytest

from playbook.catalogue import resolve
from playbook.folder import read_folder

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "playbook"

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the real pages are not beside this repository")

FM, FE, FTA = "FastTrack Manager", "FastTrack Engineer", "FastTrack Architect v2"
ALL, CORE, OPP, ODB = "All Services", "Core Onboarding", "Office ProPlus", "OneDrive for Business"
TERMS = (
    "If required, send customer link to FastTrack Terms and Conditions http://aka.ms/fasttrackterms. "
    "View Task Guidance for more information"
)
TASKS = {
    983: ("QuickLeads", "O", FM, ALL),
    994: ("Conduct Initiate/Kickoff Meeting(s)", "M", FM, ALL),
    1126: ("Meet with Customer PM and Customer Tech Leads to enable Core and Services", "M", FE, ALL),
    1903: (TERMS, "O", FM, CORE),
    1910: ("Survey Eligibility", "O", FM, ALL),
    3278: ("Outlook Mobile - Deliver Pitch", "M", FM, f"Exchange / Intune / {OPP} / Outlook Mobile"),
    3330: ("Deliver Land the FastTrack Benefit Workshop", "O", FTA, ALL),
    3333: ("Conduct Customer Program Health Meetings", "M", FTA, ALL),
    3334: ("Set CxO Governance, Strategy, and Health Briefings Cadence", "M", FM, CORE),
    3616: ("Complete Initial customer outreach", "M", FM, ALL),
    3650: ("Office ProPlus - OPP Acceleration", "O", FM, OPP),
    3690: ("Identify Survey Contact", "O", FM, ALL),
    3718: ("OneDrive - Deliver OneDrive Business Value Deck", "M", FM, ODB),
    3731: ("Teams - Post Enablement Field Handshake", "O", FM, "Teams"),
    3732: ("Yammer - Post Enablement Field Handshake", "O", FM, "Yammer"),
    3733: ("Outlook Mobile - Post Enablement Field Handshake", "O", FM, "Outlook Mobile"),
    3734: ("Office ProPlus/Windows - Deliver App Assure BVD", "M", FM, f"{OPP} / Windows 10"),
    3737: ("SharePoint Online Business Value Workshop", "M", FM, "SharePoint"),
    3738: ("Office 365 ProPlus - Deliver Pitch Deck", "M", FM, OPP),
    3740: ("OneDrive - Conduct OneDrive Adoption Program Introduction", "M", FM, ODB),
    3741: ("OneDrive - Perform OneDrive Adoption Workshop", "M", FM, ODB),
    3743: ("OneDrive - Track OneDrive Adoption Program Progress", "O", FM, ODB),
    3979: ("Handover between Gateway/GRT and CSS", "O", FM, ALL),
    3991: ("Exchange Online Business Value Discussion (BVD)", "O", FE, "Exchange"),
    4047: ("Conduct Adoption & Change Management Conversation", "M", FM, ALL),
    4094: ("Microsoft Edge - Deliver Pitch", "M", FM, "Edge"),
}
ACM = "conduct-adoption-change-management-conversation"
KICKOFF = "counduct-custom-kickoff"
STEPS = {
    ACM: [
        ("schedule-and-conduct-adoption-change-management-conversation", [], 3, 7),
        ("request-an-acm-partner", [], 2, 7),
        ("adoption-change-management-customer-conversation-complete", [4047], 3, 2),
        ("value-add-discussions", [3734, 3718, 3737, 3738, 3991, 3278, 4094], 3, 4),
    ],
    KICKOFF: [
        ("prepare-for-kickoff-meeting", [3979, 3616], 0, 0),
        ("schedule-and-conduct-kickoff-meeting", [994, 983, 1903], 0, 0),
        ("confirm-dibs-kickoff-meeting", [], 0, 0),
        ("capture-available-ssat-kickoff-meeting", [], 0, 0),
    ],
    "land-the-benefit": [
        ("prepare-for-the-customer-session-with-atu", [], 0, 0),
        ("deliver-and-land-the-enterprise-benefit-with-customers-and-partners", [], 0, 0),
        ("capture-outcome-of-land-the-benefit", [3330], 0, 0),
    ],
    "setup-governance-review-meeting-cadence": [
        ("schedule-fasttrack-program-governance-reviews", [], 0, 0),
        ("schedule-customer-facing-health-reviews", [], 0, 0),
        ("schedule-microsoft-internal-health-reviews", [], 0, 0),
        ("all-meetings-scheduled", [3333, 3334], 0, 0),
    ],
    "address-technical-gaps": [("conduct-checkpoint-meetings", [], 0, 0)],
    "enable-services": [
        ("assist-with-enablement", [1126], 0, 0),
        ("customer-survey-eligibility", [1910, 3690], 0, 0),
    ],
    "support-success-execution": [
        ("csm-handshake-for-modern-comms", [3731, 3732, 3733], 0, 0),
        ("schedule-success-check-in-meetings", [], 0, 0),
        ("encourage-customer-to-track-adoption-progress", [], 0, 0),
        ("microsoft-adoption-service-program", [3740, 3741, 3743], 0, 0),
        ("service-accelerator-programs", [3650], 0, 0),
    ],
}


@pytest.fixture(scope="module")
def catalogue():
    return resolve(read_folder(SEEDS))


def process(catalogue, slug):
    return next(process for process in catalogue.processes if process.slug == slug)


def test_all_26_numbers_come_with_name_letter_role_and_services(catalogue):
    got = {t.number: (t.name, t.letter, " / ".join(t.roles), " / ".join(t.services)) for t in catalogue.tasks}
    assert got == TASKS


def test_27_rows_are_listed_and_15_of_them_are_mandatory(catalogue):
    assert len(catalogue.listings) == 27
    assert sum(listing.row.mandatory for listing in catalogue.listings) == 15
    assert sum(listing.resolved for listing in catalogue.listings) == 26


def test_23_steps_stand_under_their_processes_with_their_tasks_and_lines(catalogue):
    got = {
        each.slug: [
            (
                step.slug,
                [row.number for row in step.tasks],
                sum(1 for line in step.inputs for _ in line.flat()),
                sum(1 for line in step.outputs for _ in line.flat()),
            )
            for step in each.steps
        ]
        for each in catalogue.processes
    }
    assert got == STEPS
    assert sum(len(steps) for steps in got.values()) == 23


def test_the_conversation_may_start_after_the_kickoff_with_dibs_captured(catalogue):
    """R2."""
    kickoff_done, dibs_captured = process(catalogue, ACM).steps[0].inputs[0].children
    note = "note:engagement-management"
    assert kickoff_done.checks == (note, f"step:{KICKOFF}/schedule-and-conduct-kickoff-meeting")
    assert dibs_captured.checks == (note, "dibs")
    assert process(catalogue, ACM).steps[0].inputs[0].checks == ()


def test_a_line_nobody_can_look_up_is_attested(catalogue):
    assert process(catalogue, ACM).steps[3].outputs[1].checks == ("attest",)


def test_a_line_that_says_if_needed_is_optional(catalogue):
    assert [line.optional for line in process(catalogue, ACM).steps[3].inputs[0].children] == [False, True]


def test_the_tab_after_a_list_hyphen_changes_no_text(catalogue):
    assert process(catalogue, ACM).steps[0].inputs[0].text == "Engagement Management note documenting the following:"


def test_key_inputs_and_outputs_belong_to_the_process(catalogue):
    assert [len(process(catalogue, slug).key_inputs) for slug in (ACM, "support-success-execution")] == [3, 1]
    assert [len(process(catalogue, slug).key_outputs) for slug in (ACM, "support-success-execution")] == [2, 4]


def test_cadences_are_read_and_stay_in_the_guidance(catalogue):
    step = process(catalogue, "setup-governance-review-meeting-cadence").steps[0]
    assert step.cadence == "Every 1 - 2 weeks, depending upon life cycle phase."
    assert step.purpose == "Review customer health, Blocker and action Items."
    assert "**Cadence**" in step.guidance


def test_an_alert_glued_to_a_list_and_a_sample_agenda_stay_guidance(catalogue):
    steps = process(catalogue, "setup-governance-review-meeting-cadence").steps
    assert "> [!Note]\n>Specific outcomes" in steps[1].guidance
    assert "**Sample Agenda**" in steps[2].guidance
    assert "**AOB:**" in steps[2].guidance
    assert steps[2].inputs == steps[2].outputs == ()


def test_phases_come_from_the_page_the_file_name_or_not_at_all(catalogue):
    phases = {each.slug: each.phase for each in catalogue.processes}
    assert phases[ACM] == "Assess"
    assert phases["support-success-execution"] == "Success"
    assert phases[KICKOFF] is None
    assert [phase.name for phase in catalogue.phases][:2] == ["Presales", "Validation"]
    assert len(catalogue.phases) == 10


def test_what_was_merged_or_not_found_is_reported_and_nothing_else(catalogue):
    assert {warning.code for warning in catalogue.warnings} == {"process-merged", "phase-unknown", "link-missing"}


def test_no_name_of_a_person_is_taken_from_the_page_tables(catalogue):
    pages = read_folder(SEEDS).pages
    assert sum(len(page.changes) for page in pages) == 14
    assert not any("Ann Roberts" in repr(page) for page in pages)
