"""Every irregularity of the Markdown dialect comes in whole or is reported (DOMAIN §5)."""

import time

import pytest

from playbook.front_matter import MAX_PAGE_BYTES
from playbook.pages import PageError
from playbook.reader import read_page

from .pages_for_tests import ATTRIBUTES, HEAD, HEADER, INPUTS, OUTPUTS, read, read_rows, read_step, texts

ALL_MOTIONS = ("Customer Health", "RFA", "Targeting")


# Pages that are no text, and slips


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"---\ntitle: A\n---\n# T\n\0\x01", 5, "not a text file"),
        (b"---\ntitle: A\n---\n# T\xff\xfe\n", 4, "UTF-8"),
        (b"", 1, "empty"),
        (b" \n\n", 1, "empty"),
    ],
)
def test_a_damaged_page_is_refused_with_its_file_its_line_and_how_to_mend_it(raw, line, words):
    with pytest.raises(PageError) as caught:
        read_page("damaged.md", raw)
    assert (caught.value.source, caught.value.line) == ("damaged.md", line)
    assert words in caught.value.message
    assert str(caught.value).startswith("damaged.md")


def test_a_page_of_ten_megabytes_is_refused_before_it_is_parsed():
    with pytest.raises(PageError, match="10.0 MB"):
        read_page("big.md", HEAD.encode() + b"x" * (10 * 1024 * 1024))
    assert MAX_PAGE_BYTES < 10 * 1024 * 1024


@pytest.mark.parametrize(
    ("head", "line", "code", "title", "audience"),
    [
        ("# T\n\nText", 1, "front-matter-missing", "T", ""),
        ("\n\n# T\n\nText", 3, "front-matter-missing", "T", ""),
        ("---\ntitle: A\nft.audience: partner\n\n# T\n\n## Overview\n", 1, "front-matter-open", "T", "partner"),
        (
            "---\n# required metadata\n\nft.audience: partner\n# T\n\n## O\n",
            1,
            "front-matter-open",
            "A-page",
            "partner",
        ),
        ("---\ntitle: A\n", 1, "front-matter-open", "A", ""),
        ("---\nft.audience: partner\nnot a pair\n---\n# T\n", 3, "front-matter-line", "T", "partner"),
        ("---\nnot a pair\ntitle: A\n---\n# T\n", 2, "front-matter-line", "T", ""),
        ("---\nft.audience partner\n---\n# T\n", 2, "front-matter-line", "T", "partner"),
        ("---\ntitle: A\nauthor B\n  and more\n---\n# T\n", 3, "front-matter-line", "T", ""),
        ('---\ntitle: "A\n---\n\nText\n', 2, "front-matter-value", "A", ""),
        ('---\ndescription: "A\nft.audience: "partner\n---\n# T\n', 3, "front-matter-value", "T", "partner"),
        ("---\ntitle: [A\n---\n# T\n", 2, "front-matter-value", "T", ""),
    ],
)
def test_a_slip_in_the_front_matter_is_a_warning_with_its_line(head, line, code, title, audience):
    page = read_page("A-page.md", head.encode())

    assert (line, code) in [(warning.line, warning.code) for warning in page.warnings]
    assert (page.title, page.audience) == (title, audience)


def test_a_rule_in_the_text_does_not_close_the_front_matter_that_was_left_open():
    page = read_page("a.md", b"---\ntitle: A\n\n# T\n\nSome text.\n\n---\n\nMore.\n")

    assert page.title == "T"
    assert "Some text." in page.guidance


def test_comments_in_the_front_matter_are_no_text():
    head = "---\n# required metadata\n\ntitle: A\n\n# optional metadata\n\n# who reads it\nft.audience: partner\n---\n"
    page = read_page("a.md", f"{head}# T\n".encode())

    assert (page.title, page.audience, page.warnings) == ("T", "partner", ())


def test_a_title_that_never_ends_is_cut_and_reported():
    page = read(f"# {'Long ' * 90}\n\n### {'Step ' * 90}\n\n{ATTRIBUTES}")

    assert len(page.title) <= 300
    assert len(page.processes[0].steps[0].title) <= 300
    assert [warning.code for warning in page.warnings].count("title-cut") == 2


@pytest.mark.parametrize("br", ["<br>", "<br/>", "<br />", "<BR>", " <br> ", "</br>"])
def test_a_line_break_separates_names(br):
    step = read_step("", ATTRIBUTES.replace("**FastTrack Manager**", f"**FastTrack Manager{br}FastTrack Engineer**"))
    [row], codes = read_rows(
        f"| 9002 | A{br}name | O | FastTrack Manager{br}FastTrack Engineer | Teams{br}Exchange |\n"
    )

    assert step.roles == ("FastTrack Manager", "FastTrack Engineer")
    assert (row.name, row.roles) == ("A name", ("FastTrack Manager", "FastTrack Engineer"))
    assert row.services == ("Teams", "Exchange")
    assert codes == []


@pytest.mark.parametrize(
    "value",
    [
        "**Teams**<br>**Exchange**",
        "**Teams<br>Exchange**",
        "**Teams** <br/> **Exchange**<br>",
        "**Teams<br>\nExchange**",
    ],
)
def test_a_line_break_separates_the_services_of_a_step(value):
    step = read_step("", ATTRIBUTES.replace("**All Services**", value))

    assert step.applies_to == ("Teams", "Exchange")


def test_task_boxes_are_no_words_of_a_checklist():
    step = read_step(
        f"{INPUTS}\n- [ ] The plan documents the following:\n  - [x] It was sent\n  - It was agreed\n"
        f"- [X] The sponsor is known\n- []  No box\n\n{OUTPUTS}\n1. [ ] Noted\n2. [a link](b.md) stays\n"
    )

    assert texts(step.inputs) == [
        ["The plan documents the following:", ["It was sent", "It was agreed"]],
        "The sponsor is known",
        "No box",
    ]
    assert texts(step.outputs) == ["Noted", "a link stays"]


@pytest.mark.parametrize(
    "table",
    [
        HEADER + "| 4047 | Conduct Adop",
        HEADER + "| 3616 | Whole | M | FastTrack Manager | All Services |\n| 4047 | Conduct | M | FastTr",
        "| Task ID | Task Name | (M)andatory / (O)ptional | FastTrack Role | Services |\n| --- | --",
        "| Task ID | Task Na",
    ],
)
def test_a_row_in_the_middle_of_which_a_table_breaks_off_is_left_out_and_reported(table):
    page = read(f"# Sample\n\n### Do\n\n{ATTRIBUTES}\n#### FTOP Tasks\n\n{table}")

    [cut] = [warning for warning in page.warnings if warning.code == "table-cut"]
    assert cut.line == len(page_lines(table))
    [step] = page.processes[0].steps
    assert [row.number for row in step.tasks] == ([3616] if "3616" in table else [])


def page_lines(table: str) -> list[str]:
    return f"{HEAD}# Sample\n\n### Do\n\n{ATTRIBUTES}\n#### FTOP Tasks\n\n{table}".split("\n")


# The page around its text


def test_the_comment_in_the_front_matter_is_no_heading():
    assert read("# The Title\n").title == "The Title"


def test_a_byte_order_mark_and_blanks_behind_the_front_matter_lines_are_harmless():
    page = read_page("a.md", b"\xef\xbb\xbf" + HEAD.encode() + b"# The Title\n")
    assert (page.title, page.line, page.audience) == ("The Title", 6, "internal")


def test_windows_line_ends_are_harmless():
    raw = f"{HEAD}# T\n\n### Do\n\n{ATTRIBUTES}\n{INPUTS}- a\n    - b\n".replace("\n", "\r\n").encode()
    [step] = read_page("a.md", raw).processes[0].steps
    assert texts(step.inputs) == [["a", ["b"]]]


def test_a_colon_in_a_title_of_the_front_matter_is_harmless():
    assert read("Text\n", head="---\ntitle: FastTrack: L1: Blocked\n---\n").title == "FastTrack: L1: Blocked"


def test_includes_before_the_title_are_kept_as_guidance():
    page = read("[!INCLUDE [Feedback](./includes/f.md)]  \n\n# The Title\n\n[!INCLUDE [Privacy](../includes/p.md)]\n")
    assert page.title == "The Title"
    assert page.guidance.count("[!INCLUDE") == 2


def test_zero_width_and_non_breaking_spaces_are_trimmed():
    page = read(
        "# The\u00a0Title\u200b\n\n## Approach\n\n\u200b### Do\u00a0it\n\n"
        "Primary Role:\u00a0**\u200bFM\u200b**\n\n\u00a0\n"
    )
    assert page.title == "The Title"
    assert page.processes[0].steps[0].title == "Do it"
    assert page.processes[0].steps[0].roles == ("FastTrack Manager",)


def test_phase_and_motions_of_the_page_are_read_and_its_manager_is_left_out():
    page = read("# T\n\nProgram Manager: **Some One**  \nPhase: **PreSales**  \nMotions: **Targeting/RFA**  \n\nText\n")
    assert (page.phase_text, page.motions) == ("PreSales", ("RFA", "Targeting"))
    assert page.guidance == "Text"


def test_a_page_without_steps_keeps_its_text_and_its_task_rows():
    page = read(f"# T\n\nBefore.\n\n## FTOP Tasks\n\n{HEADER}| 983 | QuickLeads | O | FM | All services |\n\nAfter.\n")
    assert page.processes == ()
    assert [(row.number, row.roles, row.services) for row in page.tasks] == [
        (983, ("FastTrack Manager",), ("All Services",))
    ]
    assert "Before." in page.guidance
    assert "After." in page.guidance


def test_a_refresh_summary_keeps_what_and_when_but_not_who():
    page = read(
        "# T\n\n## Refresh Summary\n\n| Date | Who | What |\n|--|--|--|\n| 1/31/2020 | Some One | Added 4094 |\n"
    )
    assert [(change.date, change.what) for change in page.changes] == [("1/31/2020", "Added 4094")]
    assert "Some One" not in repr(page)


def test_another_table_stays_in_the_guidance():
    step = read_step("| Status | Meaning |\n|---|---|\n| 1000 | many |\n")
    assert step.tasks == ()
    assert "| 1000 | many |" in step.guidance


# Steps


@pytest.mark.parametrize(
    "lines",
    [
        "Primary Role: **FastTrack Manager** \\\nMotions: **Customer Health** / **RFA** / **Targeting**\\\n"
        "Applies To: **All services**",
        "Primary Roles: **FM**\n\nMotions: **Customer Health, RFA & Targeting**\n\nApplies To: **All Services**",
        "- Primary role: **FastTrack Manager**\n- Motions: **Targeting; RFA; Customer Health**\n"
        "- Applies to: **All Services**",
        "**Primary Role:** FastTrack Manager  \n**Motions:** Customer Health/RFA/Targeting  \n"
        "**Applies To:** All Services",
        "Primary Role:\n**FastTrack Manager**\nMotions: **Customer Health / RFA /\n"
        "Targeting**\nApplies To: **All Services**",
        "Hauptrolle: **FastTrack-Manager**  \nAktionen: **Customer Health / RFA / Targeting**  \n"
        "Gilt für: **All Services**",
        "Rol principal: **FastTrack Manager**\nMociones: **Customer Health / RFA / Targeting**\n"
        "Se aplica a: **All Services**",
        "Função principal: **FastTrack Manager**\nMoções: **Customer Health / RFA / Targeting**\n"
        "Aplica-se a: **All Services**",
        "主要な役割:**FastTrack Manager**\nモーション:**Customer Health / RFA / Targeting**\n適用対象:**All Services**",
        "Wer: FastTrack Manager\nWarum: Customer Health / RFA / Targeting\nApplies To: All Services",
        "主要角色：**FastTrack Manager**\n动作：**Customer Health／RFA／Targeting**\n适用于：**All Services**",
        "Unbekannt: **FastTrack Manager**\nWort: **Customer Health / RFA / Targeting**\nNoch eins: **All Services**",
    ],
)
def test_attribute_lines_are_read_in_every_spelling(lines):
    step = read_step("Text.\n", attributes=f"{lines}\n")
    assert step.roles == ("FastTrack Manager",)
    assert step.motions == ALL_MOTIONS
    assert step.applies_to == ("All Services",)
    assert step.guidance == "Text."


def test_a_value_wrapped_over_two_lines_and_roles_joined_by_words_are_read():
    step = read_step(
        "Text.\n",
        attributes="Primary Role: **FastTrack Manager** and/or **FE**, **Migration Velocity Manager**\n"
        "Applies To: **Exchange / SharePoint /\nOneDrive for Business & Classroom/SDS; Teams/Yammer**\n",
    )
    assert step.roles == ("FastTrack Manager", "FastTrack Engineer", "Migration Velocity Manager")
    assert step.applies_to == (
        "Exchange",
        "SharePoint",
        "OneDrive for Business",
        "Classroom/SDS",
        "Teams",
        "Yammer",
    )
    assert step.guidance == "Text."


def test_an_unknown_role_is_kept_and_reported():
    page = read("# T\n\n### Do\n\nPrimary Role: **Chief Juggler**\n")
    assert page.processes[0].steps[0].roles == ("Chief Juggler",)
    assert [(warning.code, warning.line) for warning in page.warnings] == [("role-unknown", 10)]


def test_a_heading_without_attribute_lines_opens_a_process_on_a_page_with_steps():
    page = read(
        f"# T\n\n## Approach\n\n### First\n\n### A\n\n{ATTRIBUTES}\n### Second\n\nWords.\n\n### B\n\n{ATTRIBUTES}"
    )
    assert [(p.title, [s.title for s in p.steps]) for p in page.processes] == [("First", ["A"]), ("Second", ["B"])]
    assert page.processes[1].guidance == "Words."


def test_a_heading_with_text_among_the_steps_of_a_page_with_a_phase_stays_guidance():
    page = read(
        f"# T\n\nPhase: **Assess**\n\n## Approach\n\n### A\n\n{ATTRIBUTES}\n### Beware"
        f"\n\nWords.\n\n### B\n\n{ATTRIBUTES}"
    )
    [process] = page.processes
    assert [step.title for step in process.steps] == ["A", "B"]
    assert "### Beware\n\nWords." in process.guidance


def test_a_heading_with_a_checklist_but_no_attribute_lines_is_a_step_and_reported():
    page = read(f"# T\n\n## Approach\n\n### A\n\n{ATTRIBUTES}\n### B\n\n{INPUTS}- one\n")
    assert [step.title for step in page.processes[0].steps] == ["A", "B"]
    assert [warning.code for warning in page.warnings] == ["step-without-attributes"]


def test_cadence_and_its_neighbours_are_read_from_one_paragraph():
    step = read_step(
        "**Cadence**: Every 2 weeks.  \n**Purpose:** Review\nthings.  \n**Audience**: All. (**Note**: not us.)\n"
    )
    assert (step.cadence, step.purpose, step.audience) == ("Every 2 weeks.", "Review things.", "All. (Note: not us.)")
    assert step.guidance.startswith("**Cadence**: Every 2 weeks.")


@pytest.mark.parametrize(
    "alert", ["[!Note]", "[!NOTE]", "[!IMPORTANT]", "[!Important]", "[!TIP]", "[!Tip]", "[!WARNING]", "[!note]"]
)
@pytest.mark.parametrize("quote", ["> {}\n> Text", ">{}\n>Text", "> {}\nText", "- item\n> {}\n>Text"])
def test_alerts_are_kept_in_the_guidance_in_every_casing(alert, quote):
    assert quote.format(alert) in read_step(quote.format(alert) + "\n").guidance


# Checklists


def test_the_nesting_of_a_checklist_is_kept_at_every_indent():
    step = read_step(f"{INPUTS}-\ta:\n    -\tb\n    - c:\n        - d\n            - e\n\n{OUTPUTS}\n- f\n")
    assert texts(step.inputs) == [["a:", ["b", ["c:", [["d", ["e"]]]]]]]
    assert texts(step.outputs) == ["f"]
    assert step.guidance == ""


@pytest.mark.parametrize(
    "body",
    [
        f"{INPUTS}- a\n{OUTPUTS}- b\n",
        f"{INPUTS}\n- a\n\n\n{OUTPUTS}\n- b\n",
        f"{INPUTS}    - a\n    {OUTPUTS}    - b\n",
        f"Some text.\n{INPUTS}* a\n\n{OUTPUTS}+ b\n",
        f"{INPUTS}-a\n\n{OUTPUTS}• b\n",
        "#### Step Inputs\n- a\n\n#### Step Outputs\n- b\n",
        "**Step Inputs**\n- a\n\n**Step Outputs:**\n- b\n",
        "**Step Inputs (the checklist of items you\nshould collect)**\n- a\n\n**Step Outputs** (the items)\n- b\n",
        "**Schritteingaben (die Checkliste)**\n- a\n\n**Schrittausgaben (die Elemente, ohne Eingaben)**\n- b\n",
        "**Entradas del paso (la lista)**\n- a\n\n**Salidas del paso (el conjunto)**\n- b\n",
        "**Entradas da etapa (a lista)**\n- a\n\n**Saídas da etapa (o conjunto)**\n- b\n",
        "**ステップの入力（チェックリスト）**\n- a\n\n**ステップの出力（項目）**\n- b\n",
        "**步骤输入（清单）**\n- a\n\n**步骤输出（项目）**\n- b\n",
        "** Schritteingaben (die Checkliste) **\n- a\n\n***Schrittausgaben*** \n- b\n",
        "**Entradas del paso** **(la lista)**\n- a\n\n**Salidas del paso** (el conjunto)\n\n- b\n",
        "**Foo Bar (the thing you should have at hand)**\n- a\n\n**Foo Baz (the thing that you leave behind)**\n- b\n",
    ],
)
def test_inputs_and_outputs_are_told_apart_in_every_spelling(body):
    step = read_step(body + "\n#### FTOP Tasks\n\n" + HEADER + "| 4047 | Talk | M | FM | All Services |\n")
    assert (texts(step.inputs), texts(step.outputs)) == (["a"], ["b"])
    assert [row.number for row in step.tasks] == [4047]


def test_a_table_glued_to_a_checklist_ends_it():
    step = read_step(f"{OUTPUTS}- a\n    - b\n{HEADER}| 4047 | Talk | M | FM | All Services |\n")
    assert texts(step.outputs) == [["a", ["b"]]]
    assert [row.number for row in step.tasks] == [4047]


@pytest.mark.parametrize("nothing", ["- none", "none", "- None.", "- N/A", "- Keine", "- なし", "- 无"])
def test_a_checklist_that_says_none_has_no_lines(nothing):
    step = read_step(f"{INPUTS}- a\n\n{OUTPUTS}{nothing}\n")
    assert (texts(step.inputs), step.outputs) == (["a"], ())
    assert step.guidance == ""


def test_a_numbered_agenda_and_other_bold_headings_are_guidance():
    step = read_step(
        "**Sample Agenda**  \n\n1.  **STU Update:** (5 min)\n2.  **CSU Update:** (5 min)\n\n**Resources**\n- one\n"
    )
    assert step.inputs == step.outputs == ()
    assert "**Resources**\n- one" in step.guidance


def test_the_text_of_a_line_is_plain():
    step = read_step(
        f"{INPUTS}- See [the *deck*](https://x.y/z) and **do** \\> `500`\u200b &amp; more \\\n  wrapped  \n"
    )
    assert texts(step.inputs) == ["See the deck and do > 500 & more wrapped"]


@pytest.mark.parametrize(
    "text",
    [
        "Notes (If applicable)",
        "SME assigned, if needed.",
        "CSU [optional]",
        "CSU \\[optional\\]",
        "X (falls zutreffend)",
    ]
    + ["X (si corresponde)", "X (se aplicável)", "X（該当する場合）", "X（如果适用）"],
)
def test_optional_lines_are_known_by_their_words(text):
    assert read_step(f"{INPUTS}- {text}\n- other\n").inputs[0].optional
    assert not read_step(f"{INPUTS}- {text}\n- other\n").inputs[1].optional


def test_one_of_the_following_is_a_rule_of_its_children():
    step = read_step(f"{INPUTS}- One of the following:\n    - a\n    - b\n- c\n    - d\n")
    assert [line.rule for line in step.inputs] == ["one of", "all"]


def test_a_checklist_printed_as_a_paragraph_is_taken_in_and_reported():
    page = read(f"# T\n\n### Do\n\n{ATTRIBUTES}\n{INPUTS}\nA signed letter.\n\n{OUTPUTS}- b\n")
    assert texts(page.processes[0].steps[0].inputs) == ["A signed letter."]
    assert [warning.code for warning in page.warnings] == ["checklist-paragraph"]


def test_key_inputs_and_outputs_are_read_in_six_languages():
    for inputs, outputs in [
        ("Key Inputs", "Key Outputs  "),
        ("Wichtige Eingaben", "Wichtige Ausgaben"),
        ("Entradas clave", "Resultados clave"),
        ("Principais entradas", "Principais saídas"),
        ("主な入力", "主な出力"),
        ("关键输入", "关键输出"),
    ]:
        page = read(
            f"# T\n\n### Do\n\n{ATTRIBUTES}\n## {inputs}\n\n- a\n\n## {outputs}\n  - b\n"
            f"  - c\n\n## Next Steps\n\nGo [on](b.md).\n"
        )
        [process] = page.processes
        assert (texts(process.key_inputs), texts(process.key_outputs)) == (["a"], ["b", "c"]), inputs
        assert process.next_steps == "Go [on](b.md)."


# Task tables


HEADERS = [
    "Task ID|Task Name|(M)andatory / (O)ptional|FastTrack Role|Services",
    "**Task ID**|**Task Description**|**(M) Mandatory (O) Optional**|**FastTrack Role**|**Services**",
    "Aufgaben-ID|Name der Aufgabe|(E)rforderlich/(O)ptional|FastTrack-Rolle|Dienste",
    "Id.de tarea|Nombre de la tarea|((M)andatorio / (O)pcional|Rol de FastTrack|Servicios",
    "ID da Tarefa|Nome da Tarefa|O(b)brigatório / (O)pcional|Função do Microsoft FastTrack|Serviços",
    "タスク ID|タスク名|(M) (必須) / (O) (任意)|FastTrack や|サービス",
    "任务 ID|任务名称|(M)强制性/(O)可选|FastTrack 角色|访问",
]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("services", [True, False])
def test_a_task_table_is_read_by_position_in_every_language(header, services):
    width = 5 if services else 4
    lines = f"|{'|'.join(header.split('|')[:width])}|\n|{'---|' * width}\n"
    row = "|\t4047 | Talk | E | FM |" + (" Teams / Classroom/SDS |" if services else "")
    [task], codes = read_rows(row, lines)
    assert (task.number, task.name, task.letter, task.mandatory) == (4047, "Talk", "E", True)
    assert task.services == (("Teams", "Classroom/SDS") if services else ())
    assert codes == []


@pytest.mark.parametrize(
    ("row", "name", "letter", "codes"),
    [
        ("| [4099](https://x.y/1234) | [Talk](a.md) now | M | FM | Teams |", "Talk now", "M", []),
        ("| **4099** | **Talk** \\#1 | *O* | FM | Teams |", "Talk #1", "O", []),
        ("| \\#4099 | Talk – {Wizard} | o | FM | Teams |", "Talk – {Wizard}", "O", []),
        ("| 4099 | Talk | O | FM | Teams", "Talk", "O", []),
        ("4099 | Talk | O | FM | Teams", "Talk", "O", []),
        ("| 4099 | Talk | O FM | Teams |", "Talk", "O", ["row-merged-cells"]),
        ("| 4099 | O | FM | Teams |", "", "O", ["row-without-name"]),
        ("| 4099 | | O | FM | Teams |", "", "O", ["row-without-name"]),
        ("| 4099 Talk | O | FM | Teams |", "Talk", "O", ["row-merged-cells"]),
        ("| 4099 | Talk | walk | O | FM | Teams |", "Talk | walk", "O", ["row-extra-cell"]),
        ("| 4099 | A \\| B | O | FM | Teams |", "A | B", "O", []),
        ("| 4099 | Talk | (O) | FM | Teams |", "Talk", "O", []),
        ("| 4099 | Talk | 任意 | FM | Teams |", "Talk", "O", []),
        ("| 4099 | Talk | M | FM | Teams | \\", "Talk", "M", []),
        ("| 4099 | If needed,\nTalk | O | FM | Teams |", "If needed, Talk", "O", ["row-joined"]),
    ],
)
def test_an_odd_row_is_mended_and_reported(row, name, letter, codes):
    [task], reported = read_rows(row + "\n")
    assert (task.number, task.name, task.letter) == (4099, name, letter)
    assert (task.roles, task.services) == (("FastTrack Manager",), ("Teams",))
    assert reported == codes


def test_a_row_without_a_letter_still_brings_its_number():
    [task], codes = read_rows("| 4099 | Talk | | FM | Teams |\n")
    assert (task.number, task.mandatory, task.roles) == (4099, True, ("FastTrack Manager",))
    assert "row-without-letter" in codes


def test_a_row_that_names_several_numbers_brings_them_all():
    tasks, codes = read_rows("| 3704, 3705 | Talk | O | FM | Teams |\n")
    assert [task.number for task in tasks] == [3704, 3705]
    assert codes == ["row-several-numbers"]


def test_a_row_without_a_number_is_reported_with_its_line():
    page = read(
        f"# T\n\n### Do\n\n{ATTRIBUTES}\n{HEADER}| tbd | Talk | M | FM | Teams |\n| 983 | Q | O | FM | Teams |\n"
    )
    assert [row.number for row in page.processes[0].steps[0].tasks] == [983]
    assert [(w.code, w.line) for w in page.warnings] == [("row-not-placed", 16)]


def test_rows_below_a_blank_line_and_tables_without_a_heading_belong_to_the_step():
    tasks, codes = read_rows("| 983 | Q | O | FM | Teams |\n\n| 984 | R | M | FM | Teams |\n")
    assert [task.number for task in tasks] == [983, 984]
    assert codes == []


def test_tasks_under_a_level_two_heading_belong_to_the_step_above():
    page = read(
        f"# T\n\n### Do\n\n{ATTRIBUTES}\n## FTOP Tasks\n\n"
        f"{HEADER}| 983 | Q | O | FM | Teams |\n\n## Next Steps\n\nGo.\n"
    )
    assert [row.number for row in page.processes[0].steps[0].tasks] == [983]


def test_an_unknown_service_is_kept_and_reported_once():
    tasks, codes = read_rows(
        "| 983 | Q | O | FM | Juggling |\n| 984 | R | O | FM | Teams/Juggling |\n| 985 | S | O | FM | Juggling |\n"
    )
    assert [task.services for task in tasks] == [("Juggling",), ("Teams/Juggling",), ("Juggling",)]
    assert codes == ["service-unknown", "service-unknown"]


@pytest.mark.parametrize(
    "line", [" " * 100_000 + "x", "[" * 100_000, "**a " * 25_000, "### a\n" * 5_000, "<!--\n" * 20_000]
)
def test_a_page_of_nonsense_costs_no_more_than_its_length(line):
    """A page near the limit must not keep an import busy: each of these took minutes with careless patterns."""
    started = time.process_time()
    read(f"# T\n\n### Do\n\n{ATTRIBUTES}\n{INPUTS}- {line}\n")
    assert time.process_time() - started < 5
