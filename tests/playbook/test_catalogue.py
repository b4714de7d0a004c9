"""What only becomes clear when all pages of a folder are seen together (DESIGN §4)."""

from playbook.catalogue import resolve, slugify
from playbook.folder import Folder
from playbook.gates_file import Gates, read_gates
from playbook.reader import read_page

from .pages_for_tests import ATTRIBUTES, HEAD, HEADER, INPUTS, OUTPUTS


def catalogue(gates: str = "", **pages: str):
    read = [read_page(f"{name.replace('_', '-')}.md", f"{HEAD}{body}".encode()) for name, body in sorted(pages.items())]
    said = read_gates("gates.toml", gates.encode()) if gates else Gates()
    return resolve(Folder(tuple(read), said, tuple(w for page in read for w in page.warnings)))


def step(title: str, body: str = "") -> str:
    return f"### {title}\n\n{ATTRIBUTES}\n{body}\n"


def rows(*numbers: str) -> str:
    return HEADER + "".join(f"| {number} | FM | Teams |\n" for number in numbers)


def codes(found):
    return [warning.code for warning in found.warnings]


def test_slugs_keep_letters_of_every_script():
    assert slugify("Conduct  Adoption & Change") == "conduct-adoption-change"
    assert slugify("进行技术评估") == "进行技术评估"
    assert slugify("Über die „Größe“!") == "über-die-größe"


def test_equal_titles_get_slugs_of_their_own():
    found = catalogue(
        enable_talk=f"# Talk\n\n{step('A')}{step('A')}{step('!!!')}", migrate_talk=f"# Talk\n\n{step('A')}"
    )
    assert [process.slug for process in found.processes] == ["talk", "migrate-talk"]
    assert [each.slug for each in found.processes[0].steps] == ["a", "a-2", "step-3"]


def test_a_process_of_a_general_page_merges_into_its_own_page():
    found = catalogue(
        assess_talk=f"# Conduct Adoption & Change\n\n{step('One', INPUTS + '- a' + chr(10))}"
        f"{step('Two', rows('983 | Quick | M'))}",
        general=f"# General\n\n### CONDUCT adoption and change.\n\n{step('one', INPUTS + '- b' + chr(10))}"
        f"{step('Two', OUTPUTS + '- c' + chr(10) + chr(10) + rows('983 | Quick | M', '984 | New | O'))}{step('Three')}",
    )
    [process] = found.processes
    assert [each.title for each in process.steps] == ["One", "Two", "Three"]
    assert [line.text for line in process.steps[0].inputs] == ["a"]
    assert [line.text for line in process.steps[1].outputs] == ["c"]
    assert [row.number for row in process.steps[1].tasks] == [983, 984]
    assert len(found.listings) == 3
    assert codes(found) == ["checklist-differs", "process-merged"]
    assert "“Three”" in found.warnings[-1].message


def test_the_row_of_the_process_page_speaks_for_its_number():
    found = catalogue(
        approach=f"# Approach\n\n{rows('983 | Other name | M', '985 | Only here | O')}",
        assess_talk=f"# Talk\n\n{step('One', rows('983 | Quick – Leads | O'))}",
        general=f"# General\n\n### Some\n\n{step('Two', rows('983 | Quick - Leads | O'))}",
    )
    resolved = {row.number: (row.name, row.source) for row in found.tasks}
    assert resolved == {983: ("Quick – Leads", "assess-talk.md"), 985: ("Only here", "approach.md")}
    assert [w.code for w in found.warnings if w.file == "approach.md"] == ["task-name-differs", "task-letter-differs"]
    assert [(each.process, each.step) for each in found.listings if each.resolved] == [("talk", "one"), (None, None)]


def test_a_name_missing_on_one_page_is_taken_from_another():
    found = catalogue(
        assess_a=f"# A\n\n{step('One', rows(' 983 | O'))}", enable_b=f"# B\n\n{step('One', rows('983 | Quick | O'))}"
    )
    assert found.tasks[0].name == "Quick"
    assert "row-without-name" in codes(found)


def test_a_phase_is_named_by_the_page_the_file_or_a_linking_page():
    body = f"\n\n{step('One')}"
    found = catalogue(
        a=f"# Named\n\nPhase: **PreSales**\n{body}",
        b=f"# Several\n\nPhase: **Assess, Remediate, Enable**\n{body}",
        enable_c=f"# Prefixed{body}",
        d=f"# Linked{body}",
        e=f"# Below{body}",
        f=f"# Nowhere{body}",
        phase_migrate="# Migrate Phase\n\n- [Linked](./d.md)\n",
        overview="# Over\n\n- [Validation Phase](phase-validation.md)\n    - [Below](e.md)\n- [f](f.md)\n",
    )
    phases = {process.title: process.phase for process in found.processes}
    assert phases == {
        "Named": "Presales",
        "Several": "Assess",
        "Prefixed": "Enable",
        "Linked": "Migrate",
        "Below": "Validation",
        "Nowhere": None,
    }
    assert codes(found) == ["phase-several", "phase-unknown", "link-missing"]


def test_the_order_of_phases_is_that_of_the_introduction():
    listed = ["Validation", "Presales", "Assess", "Enable", "Migrate"]
    items = "\n\n".join(f"{n}.  [{name}](./phase-{name.lower()}.md)" for n, name in enumerate(listed, 1))
    found = catalogue(index=f"# Intro\n\n## FastTrack Phases\n\n{items}\n", success_a=f"# A\n\n{step('One')}")
    assert [phase.name for phase in found.phases] == [*listed, "Success"]
    assert len(catalogue(success_a=f"# A\n\n{step('One')}").phases) == 10


def test_links_between_pages_become_links_between_processes():
    found = catalogue(
        assess_a=f"# A\n\n{step('One', 'See [b](./enable-b.md#x), [web](https://x.y/z.md) and [old](gone.md).')}",
        enable_b=f"# B\n\n{step('One')}",
    )
    assert [(link.source, link.target, link.process) for link in found.links] == [("assess-a.md", "enable-b.md", "b")]
    assert codes(found) == ["link-missing"]


def checks_of(*lines: str, section: str = INPUTS, **others: str):
    text = "".join(f"{line}\n" for line in lines)
    found = catalogue(assess_a=f"# A\n\n{step('One', section + text)}", **others)
    process = next(process for process in found.processes if process.title == "A")
    top = process.steps[0].inputs or process.steps[0].outputs
    return [line.checks for each in top for line in each.flat() if not line.children]


def test_a_leaf_takes_the_note_its_parent_names():
    assert checks_of("- Technical Enablement notes document:", "    - this", "    - that:", "        - deep") == [
        ("note:technical-enablement",),
        ("note:technical-enablement",),
    ]


def test_two_categories_are_either_or_both():
    assert checks_of("- Environment or Technical Enablement note on x") == [("note:environment|technical-enablement",)]
    assert checks_of("- Engagement Management and Environment notes") == [
        ("note:engagement-management", "note:environment")
    ]


def test_an_l1_status_is_documented_in_a_service_intent_note():
    assert checks_of("- L1 status is updated") == [("note:service-intent",)]
    assert checks_of("- Engagement Management note:", "    - L1 status is updated") == [("note:engagement-management",)]


def test_the_environment_of_a_customer_is_no_note():
    assert checks_of("- Customer environment is ready") == [("attest",)]


def test_dibs_are_looked_up_for_inputs_only():
    assert checks_of("- DIBS have been confirmed") == [("dibs",)]
    assert checks_of("- DIBS are captured", section=OUTPUTS) == [("attest",)]


def test_a_completed_kickoff_is_looked_up_when_the_playbook_has_one():
    assert checks_of("- The kickoff meeting is completed") == [("attest",)]
    kickoff = f"# Kickoff\n\n{step('Prepare for Kickoff Meeting')}{step('Schedule and Conduct Kickoff Meeting')}"
    assert checks_of("- The kick-off is completed", initiate_kickoff=kickoff) == [
        ("step:kickoff/schedule-and-conduct-kickoff-meeting",)
    ]


GATES = """
[conditions.wanted]
question = "Wanted?"

["talk/one"]
when = "wanted"
per_service = true
inputs = [
  { text = "engagement management NOTE: the following", checks = ["note:migration"], rule = "one of" },
  { text = "leaf b", when = "not wanted", optional = true },
  { text = "not there" },
]
tasks = [{ number = 983, when = "wanted", mandatory_when = "wanted" }, { number = 1 }]

["talk/none"]
["nothing"]
["talk"]
key_outputs = [{ text = "Out", checks = ["task:983"] }]
"""


def test_gates_are_laid_over_the_proposals_and_what_matches_nothing_is_reported():
    body = f"{INPUTS}- **Engagement Management** note, the following\n    - leaf a\n    - leaf b\n\n"
    body += rows("983 | Quick | O")
    found = catalogue(GATES, assess_talk=f"# Talk\n\n{step('One', body)}## Key Outputs\n\n- Out\n- In\n")
    [process] = found.processes
    [one] = process.steps
    assert (one.when, one.per_service) == ("wanted", True)
    [top] = one.inputs
    assert (top.checks, top.rule) == (("note:migration",), "one of")
    assert [(line.checks, line.when, line.optional) for line in top.children] == [
        (("note:migration",), None, False),
        (("note:migration",), "not wanted", True),
    ]
    assert (one.tasks[0].when, one.tasks[0].mandatory_when) == ("wanted", "wanted")
    assert [line.checks for line in process.key_outputs] == [("task:983",), ("attest",)]
    assert [(w.code, w.line) for w in found.warnings] == [
        ("gate-unmatched", 11),
        ("gate-unmatched", 13),
        ("gate-unmatched", 15),
        ("gate-unmatched", 16),
    ]
