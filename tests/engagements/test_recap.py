"""From a note to a text that customers may read: no internal address and no internal section survives."""

import datetime as dt
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements import recap
from engagements.internal_parts import ALERT, LINE, LINK, MENTION, NUMBER, SECTION, internal_hosts, leaks
from engagements.recap import Addressee
from engagements.recap_text import numbers_in

HOSTS = internal_hosts(
    ["microsoft.sharepoint.com", "corp.microsoft.com"], ["desk.example.org", "localhost", "*", "[::1]"]
)


def cleaned(body, **more):
    return recap.recap(body, **{"hosts": HOSTS, "people": {"ana": "Ana Ruiz"}, "numbers": {983}, **more})


def gone(body, kind, **more):
    return [row.text for row in cleaned(body, **more).removed if row.kind == kind]


def test_the_text_of_a_mail_keeps_what_markdown_meant():
    body = (
        "## Decisions\n\n- **Teams** first\n- then _Exchange_\n   1. mail\n   2. calendars\n\n"
        "| Who | What |\n|---|---|\n| Priya | sends the list |\n\n> quoted\n\n```\ncode\n```"
    )
    assert cleaned(body).text == (
        "Decisions\n\n- Teams first\n- then Exchange\n  1. mail\n  2. calendars\n\n"
        "Who | What\nPriya | sends the list\n\nquoted\n\ncode"
    )
    assert cleaned(body).removed == ()


# Sections -----------------------------------------------------------------------------------------------

INTERNAL = [
    "## Internal\n\nSECRET",
    "## FTC actions\n\n- SECRET\n- SECRET too",
    "# Notes (internal only)\n\nSECRET\n\n### below\n\nSECRET",
    "Internal\n--------\n\nSECRET",
    "**Internal**\n\nSECRET\n\n- SECRET",
    "**Internal:**\nSECRET",
    "__INTERNAL NOTES__\n\nSECRET",
    "Internal notes:\n\n1. SECRET",
    "#Internal\nSECRET\n\nSECRET again",
    "Internal: SECRET\nand SECRET",
    "**Internal:** SECRET",
    "- Internal: SECRET\n  - SECRET below\n",
    "- a line (internal only) SECRET\n",
    "SECRET [internal]",
    "> [!INTERNAL]\n> SECRET\n>\n> - SECRET",
    "> [!internal] SECRET",
    "- item\n\n  > [!INTERNAL]\n  > SECRET",
    "## Playbook task\n\n983 SECRET",
    "## Not for the customer\n\n> SECRET\n\n```\nSECRET\n```\n\n| SECRET |\n|---|\n| SECRET |",
    "| Who | What |\n|---|---|\n| SECRET | asks (internal) |",
    "## Inter\u200bnal\n\nSECRET",
    "> ## Internal\n>\n> SECRET",
    "## *Internal*\n\nSECRET",
    "We met\n## internal\nSECRET\nSECRET",
    "We met\n##internal\nSECRET",
    "We met\nInternal\nSECRET",
    "We met\nInternal\n===\n\nSECRET",
    "We met\n**Microsoft internal**\nSECRET",
    "We met\nMS-internal only:\n- SECRET\n- SECRET",
    "We met\nInternal: SECRET",
    "We met. Internal: SECRET.",
    "## INTERN\n\nSECRET",
    "## Für den internen Gebrauch\n\nSECRET",
    "## Nur für Microsoft\n\nSECRET",
    "## Confidentiel\n\nSECRET",
    "## Uso interno\n\nSECRET",
    "## 社内限り\n\nSECRET",
    "## Внутренние заметки\n\nSECRET",
    "## \u0456nternal\n\nSECRET",
    "## ＩＮＴＥＲＮＡＬ\n\nSECRET",
    "## I N T E R N A L\n\nSECRET",
    "## Inter-nal\n\nSECRET",
    "## Interal notes\n\nSECRET",
    "### \U0001f512 Internal \U0001f512\n\nSECRET",
    "=== INTERNAL_ONLY ===\nSECRET",
    "<h2>Internal</h2>\nSECRET",
    "<!-- internal: SECRET -->",
    "`Internal`\n\nSECRET",
    "*Internal*\n\nSECRET",
    "***Internal***\n\nSECRET",
    "Vertraulich: SECRET",
    "Internal - SECRET",
    "MS internal \u2013 SECRET",
    "[INTERNAL] SECRET",
    "SECRET (nur intern)",
    "SECRET {MS only}",
    "> [!INTERN]\n> SECRET",
    "- **Internal**\n  - SECRET\n- SECRET",
    "- Internal\n- SECRET",
    "1. fine\n2. Internal notes\n   SECRET",
    "```\nInternal\nSECRET\n```",
    "    Internal: SECRET",
    "| Topic | Internal |\n|---|---|\n| fine | SECRET |",
    "| Kind | What |\n|---|---|\n| Internal | SECRET |",
    "> We met\n> Internal\n> SECRET",
    "- We met\n  Internal\n  SECRET",
    "**Internal:**\n\nReasons:\n\nSECRET",
]


@pytest.mark.parametrize("internal", INTERNAL)
def test_what_is_internal_goes_and_what_stands_around_it_stays(internal):
    found = cleaned(f"Before it.\n\n{internal}\n\n# Agreed\n\nAfter it.")
    assert "SECRET" not in found.text
    assert "Before it." in found.text
    assert "After it." in found.text
    assert any("SECRET" in row.text for row in found.removed)
    assert {row.kind for row in found.removed} <= {SECTION, ALERT, LINE, NUMBER}


def test_a_section_ends_where_the_next_of_its_level_begins():
    body = (
        "# Call\n\n## Internal\n\na\n\n### deeper\n\nb\n\n## Decisions\n\nc\n\n**Internal**\n\nd\n\n**Next steps**\n\ne"
    )
    assert cleaned(body).text == "Call\n\nDecisions\n\nc\n\nNext steps\n\ne"
    assert gone(body, SECTION) == ["Internal: a deeper b", "Internal: d"]


@pytest.mark.parametrize(
    "body",
    [
        "The internal review of the customer is on Friday. Their internal mail moves first.",
        "Interval: two weeks",
        "International rollout: in June",
        "Internet access is slow (intervals of an hour).",
        "We share the internal roadmap of Contoso with you: see below.",
        "The intern starts on Monday.",
        "Only for Teams: the pilot.",
    ],
)
def test_words_about_internal_things_in_a_sentence_stay(body):
    assert cleaned(body).text == body
    assert cleaned(body).removed == ()


def test_other_alerts_lose_their_mark_only():
    assert cleaned("> [!NOTE]\n> All fine.").text == "All fine."


# Addresses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body, text",
    [
        ("See the [deck](https://microsoft.sharepoint.com/:p:/x).", "See the deck."),
        ("See the [page](https://www.microsoft.com/).", "See the page (https://www.microsoft.com/)."),
        ("See https://www.microsoft.com/.", "See https://www.microsoft.com/."),
        ("See <https://a.corp.microsoft.com/x>.", "See ."),
        ("See https://microsoft.sharepoint.com/x now", "See [link left out] now"),
        ("See microsoft.sharepoint.com/x now", "See [link left out] now"),
        ("[Partner deck (Internal Only)](https://aka.ms/AA63lt6)", "Partner deck"),
        ("[Partner deck](https://aka.ms/AA63lt6) (Internal Only)", "Partner deck"),
        ("![plan](https://microsoft.sharepoint.com/plan.png)", "plan"),
        ("Step: https://desk.example.org/engagements/42/steps/a/b/", "Step: [link left out]"),
        ("Step: /engagements/42/steps/a/b/", "Step: [link left out]"),
        ("At http://msw/library now", "At [link left out] now"),
        ("At http://localhost:8000/x now", "At [link left out] now"),
        ("The localhost of the customer", "The localhost of the customer"),
        ("[mail](mailto:ana@example.org)", "mail"),
        ("<a href='https://microsoft.sharepoint.com'>x</a>", "<a [link left out]"),
        ("[a]: https://microsoft.sharepoint.com/x\n\nthe [deck][a]", "the deck"),
        ("`https://microsoft.sharepoint.com/x`", "[link left out]"),
    ],
)
def test_links_that_only_microsoft_or_the_desk_opens_lose_their_address(body, text):
    assert cleaned(body).text == text


def test_a_link_that_went_is_told_with_its_words_and_host():
    assert gone("the [deck](https://microsoft.sharepoint.com/x)", LINK) == ["deck (microsoft.sharepoint.com)"]


def test_short_links_stay_and_are_pointed_out():
    found = cleaned("[deck](https://aka.ms/AA5ctuy) and aka.ms/other.")
    assert found.text == "deck (https://aka.ms/AA5ctuy) and aka.ms/other."
    assert found.doubts == ("aka.ms/AA5ctuy", "aka.ms/other")


WRAPPED = [
    "{}",
    "[x]({})",
    "<{}>",
    "`{}`",
    "![x]({})",
    "**{}**",
    "[{0}]({0})",
    "> {}",
    "- {}",
    "# {}",
    "    {}",
    "| {} |\n|---|\n| {} |",
    "({})",
    "see:{}",
    "x{}",
    "{}\u200b",
]
ADDRESSES = [
    "https://microsoft.sharepoint.com/a",
    "HTTPS://MICROSOFT.SharePoint.com",
    "microsoft.sharepoint.com/x",
    "https://a.b.corp.microsoft.com:8443/?q=1#f",
    "https://user@corp.microsoft.com/",
    "https://microsoft%2Esharepoint.com/x",
    "micro\u00adsoft.sharepoint.com",
    "https://desk.example.org/engagements/1/",
    "ｍicrosoft.sharepoint.com",
]


@given(st.text(max_size=60), st.sampled_from(WRAPPED), st.sampled_from(ADDRESSES), st.text(max_size=60))
def test_no_internal_host_survives(before, wrapped, address, after):
    text = cleaned(f"{before}{wrapped.format(address, address)}{after}").text
    assert not leaks(text, HOSTS)
    for host in HOSTS:
        assert "." not in host or host not in text.casefold()


@given(st.lists(st.sampled_from([*INTERNAL, "# Agreed\n\nfine", "- fine\n- fine", "fine\nfine", "> fine"]), max_size=6))
def test_no_internal_section_survives_in_any_order(blocks):
    assert "SECRET" not in cleaned("\n\n".join(blocks)).text


@given(st.text())
def test_whatever_was_written_becomes_a_text(body):
    found = cleaned(body)
    assert not leaks(found.text, HOSTS)


@given(st.text(alphabet="abc #*_-[]()>|`\n!1.@/", max_size=200))
def test_whatever_markdown_becomes_a_text_without_a_word_that_nobody_wrote(body):
    text = cleaned(body).text.replace("[link left out]", "").replace("picture", "")
    assert Counter(letter for letter in text if letter.isalpha()) <= Counter(filter(str.isalpha, body))


# Numbers and names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body, text",
    [
        ("We completed task 983.", "We completed task."),
        ("Tasks 983 and 4047 are done", "Tasks are done"),
        ("FTOP 3616 is open", "task is open"),
        ("FTOP task #3616, see #983", "task, see a task"),
        ("Ticket #4711 of the customer", "Ticket #4711 of the customer"),
        ("In 2026 we move 3000 mailboxes", "In 2026 we move 3000 mailboxes"),
    ],
)
def test_ftop_numbers_lose_their_number(body, text):
    assert cleaned(body).text == text


def test_a_mention_becomes_the_name():
    assert cleaned("@ana calls, @zoe too; mail ana@example.org").text == "Ana Ruiz calls, zoe too; mail ana@example.org"
    assert gone("@ana calls", MENTION) == ["@ana"]


def test_numbers_that_may_be_of_ftop_are_found():
    assert numbers_in("#983 and #4711, a&#39;b") == {983, 4711}


# The mail -----------------------------------------------------------------------------------------------


def test_the_next_action_is_one_line_with_its_day():
    assert recap.promised("Call  the sponsor.", dt.date(2026, 5, 27)) == "Next: Call the sponsor, by 27 May 2026."
    assert recap.promised(" ", dt.date(2026, 5, 27)) == ""


def test_a_short_mail_fits_into_a_link_and_a_long_one_leaves_its_text_out():
    link, fits = recap.mailto(["a@x.org", "b@x.org"], "Hi & welcome", "one\ntwo")
    assert (link, fits) == ("mailto:a@x.org,b@x.org?subject=Hi%20%26%20welcome&body=one%0D%0Atwo", True)
    link, fits = recap.mailto(["a@x.org"], "Hi", "ä" * 2000)
    assert (link, fits) == ("mailto:a@x.org?subject=Hi", False)


@pytest.mark.parametrize(
    "person, why",
    [
        (Addressee("Priya", "p@x.org"), ""),
        (Addressee("Priya", "p@x.org", barred="Asked not to be called."), "Do Not Call: Asked not to be called."),
        (Addressee("Priya"), "No e-mail address is known."),
        (Addressee("Pat", "p@x.org", is_partner=True), "Of a partner: what is shared with partners needs"),
    ],
)
def test_who_gets_no_recap_and_why(person, why):
    said = recap.refused(person)
    assert said.startswith(why)
    assert bool(said) is bool(why)


def test_what_somebody_pasted_later_is_found():
    assert leaks("see (https://microsoft.sharepoint.com/x), [!INTERNAL] and /engagements/4/", HOSTS) == [
        "https://microsoft.sharepoint.com/x",
        "/engagements/4/",
        "[!INTERNAL]",
    ]
    assert leaks("see https://www.microsoft.com", HOSTS) == []


def calls(body: str) -> int:
    """How many functions run while a text is cleaned: work without a clock."""
    number = 0

    def count(frame, event, argument):
        nonlocal number
        number += event == "call" or event == "c_call"

    sys.setprofile(count)
    try:
        cleaned(body)
    finally:
        sys.setprofile(None)
    return number


@pytest.mark.parametrize(
    "shape",
    [
        "[",
        "> ",
        "- ",
        "a:",
        "**internal",
        "#1",
        "Internal\n",
        "- Internal\n",
        "Internal: a\n\n",
        "a. Internal: b. ",
        "(internal) ",
        "> Internal\n",
        "# internal\n",
        "I N ",
        "i",
        "```\nInternal\n",
        "| Internal ",
        "<b>",
    ],
)
def test_the_work_grows_with_the_text_and_no_faster(shape):
    number = 8_000 // len(shape)
    cleaned(shape * 50)
    assert calls(shape * 2 * number) <= 2.3 * calls(shape * number) + 2_000
