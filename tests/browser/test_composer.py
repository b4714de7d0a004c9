"""The composer by keyboard: templates, preview, numbers and colleagues by name, paste, and lines that are proposed."""

import re

from playwright.sync_api import expect

from engagements.models import NextAction, Note
from engagements.services.note_guides import ensure_guides
from tests.browser import stage

DISCUSSIONS = "steps/conduct-adoption-change-management-conversation/value-add-discussions/"


def opened(me, people, name, path="notes/"):
    ensure_guides()
    engagement = stage.engagement(stage.customer(name, people["fm"]), people["fm"])
    me.page.goto(engagement.get_absolute_url() + path)
    return engagement


def body(page):
    return page.get_by_label("What happened")


def paste(page, html, plain):
    page.evaluate(
        """([html, plain]) => {
            const data = new DataTransfer();
            if (html) data.setData("text/html", html);
            data.setData("text/plain", plain);
            const area = document.querySelector("textarea[name=body]");
            area.focus();
            area.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        [html, plain],
    )


def test_a_template_comes_in_by_keyboard_keeps_what_is_typed_and_can_be_undone(desk, people):
    me = desk("fm")
    page = me.page
    opened(me, people, "Woodgrove Bank")
    body(page).press_sequentially("Spoke with Priya.")
    page.get_by_label("Template", exact=True).focus()
    page.keyboard.press("Enter")
    expect(body(page)).to_be_focused()
    expect(body(page)).to_have_value(re.compile(r"^Spoke with Priya\.\n\n## Participants\n-[^#]*## Discussion points"))
    full = body(page).input_value()
    page.keyboard.type(" Priya Raman")
    assert "## Participants\n- Priya Raman" in body(page).input_value()
    for _ in range(30):
        page.keyboard.press("Control+z")
        if body(page).input_value() == "Spoke with Priya.":
            break
    expect(body(page)).to_have_value("Spoke with Priya.")
    page.get_by_role("button", name=re.compile("^Insert")).click()
    expect(body(page)).to_have_value(full)
    page.get_by_role("button", name=re.compile("^Insert")).click()
    expect(body(page)).to_have_value(full)
    expect(page.locator("#announce")).to_have_text("Everything of the template is there already.")
    me.shoot("composer-template")


def test_the_preview_shows_what_will_be_saved_and_the_way_back(desk, people):
    me = desk("fm")
    page = me.page
    opened(me, people, "Lucerne Publishing")
    body(page).fill(
        "## Decisions\n\n- **Go** with [the plan](https://example.com/plan)\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    page.get_by_role("button", name="Preview").click()
    shown = page.get_by_role("region", name="Preview of the note")
    expect(shown.get_by_role("heading", name="Decisions")).to_be_visible()
    expect(shown.get_by_role("link", name="the plan")).to_have_attribute("href", "https://example.com/plan")
    expect(body(page)).to_be_hidden()
    me.must_be_accessible()
    me.shoot("composer-preview")
    page.get_by_role("button", name="Write", exact=True).click()
    expect(body(page)).to_be_focused()


def test_a_number_is_found_by_its_name_and_a_wrong_one_is_said(desk, people):
    me = desk("fm")
    page = me.page
    opened(me, people, "Tailspin Toys")
    body(page).fill("Sent it.")
    page.get_by_label("Task number").press_sequentially("quick")
    expect(page.locator("#suggested [role=option]").first).to_contain_text("983")
    me.must_be_accessible()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Task number")).to_have_value("983")
    page.get_by_label("Task number").fill("98399")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Value is not a valid Task Id.")).to_be_visible()
    expect(body(page)).to_have_value("Sent it.")


def test_a_colleague_is_named_after_an_at_and_finds_it_on_today(desk, people):
    me, tm = desk("fm"), desk("tm")
    page = me.page
    opened(me, people, "Proseware")
    body(page).press_sequentially(f"Please look, @{people['tm'].first_name[:3].lower()}")
    option = page.get_by_role("option").filter(has_text=str(people["tm"]))
    expect(option).to_be_visible()
    me.shoot("composer-mention")
    page.keyboard.press("Tab")
    expect(body(page)).to_have_value("Please look, @tm ")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".mention")).to_have_text(f"@{people['tm']}")
    tm.page.goto("/")
    what = tm.page.get_by_text(f"{people['fm']} mentions you", exact=True)
    expect(what).to_be_visible()
    tm.shoot("today-mention")
    tm.page.get_by_role("button", name=re.compile("^Seen")).click()
    expect(what).to_be_hidden()


def test_lists_links_and_tables_of_word_and_the_web_are_kept(desk, people):
    me = desk("fm")
    page = me.page
    opened(me, people, "Contoso")
    web = """<h1>Kickoff</h1><p>Agreed <b>with</b> <a href="https://example.com/deck">the deck</a>
      <a href="javascript:alert(1)">not this</a><img src="https://example.com/x.png"></p>
      <ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul><ol start="3"><li>three</li></ol>
      <table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2|3</td></tr></table><script>alert(1)</script>"""
    paste(page, web, "Kickoff Agreed with the deck")
    expect(body(page)).to_have_value(
        "## Kickoff\n\nAgreed **with** [the deck](https://example.com/deck) not this\n\n"
        "- one\n  - inner\n- two\n\n3. three\n\n| a | b |\n| --- | --- |\n| 1 | 2\\|3 |"
    )
    body(page).fill("")
    word = """<p class=MsoListParagraph style="mso-list:l0 level1 lfo1"><span>·<span>&nbsp; </span></span>First</p>
      <p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><span>o<span>&nbsp; </span></span>Below</p>
      <p class=MsoListParagraphCxSpLast style='mso-list:l1 level1 lfo2'><span>2.<span>&nbsp; </span></span>Second</p>"""
    paste(page, word, "x")
    expect(body(page)).to_have_value("- First\n   - Below\n2. Second")


def test_two_megabytes_are_refused_with_a_sentence_and_nothing_is_lost(desk, people):
    me = desk("fm")
    page = me.page
    opened(me, people, "Fabrikam")
    body(page).fill("Mine")
    paste(page, f"<ul>{'<li>word</li>' * 120_000}</ul>", "word " * 400_000)
    expect(page.locator("#toasts")).to_contain_text("Nothing was pasted, and what you typed is still there.")
    expect(body(page)).to_have_value("Mine")


def test_a_meeting_note_by_keyboard_alone_documents_three_outputs_and_a_next_action(desk, people):
    me = desk("fm")
    page = me.page
    opened(
        me, people, "Adventure Works", "steps/conduct-adoption-change-management-conversation/value-add-discussions/"
    )
    boxes = page.locator("input[type=checkbox][name=documents]")
    expect(boxes.nth(2)).to_be_visible()
    for _ in range(3):
        page.keyboard.press("g")
        page.keyboard.press("x")
    expect(page.get_by_text("Documents 3 items")).to_be_visible()
    page.keyboard.press("n")
    expect(body(page)).to_be_focused()
    page.keyboard.type("## Decisions\n- Partner options introduced\n\nWe noted DIBS and the target dates.")
    next_action = page.get_by_label(re.compile("^Next action"))
    for _ in range(6):
        page.keyboard.press("Tab")
        if next_action.evaluate("field => field === document.activeElement"):
            break
    page.keyboard.type("Send the plan")
    page.keyboard.press("Tab")
    expect(page.get_by_label("On", exact=True)).to_be_focused()
    page.keyboard.type("12312030")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#announce")).to_contain_text("Note saved")
    note = Note.objects.get()
    assert note.documents.filter(requirement__isnull=False).count() == 3
    assert NextAction.objects.get().text == "Send the plan"


def test_lines_that_the_text_speaks_of_are_proposed_and_ticked_only_by_hand(desk, people):
    me = desk("fm")
    page = me.page
    opened(me, people, "Northwind", DISCUSSIONS)
    first = page.locator("input[type=checkbox][name=documents]").first
    body(page).press_sequentially(
        "A discussion of value was offered as the Services Workshop resulted in one.", delay=5
    )
    expect(page.get_by_text("Seems documented, and is not ticked")).to_be_visible(timeout=10_000)
    expect(first).not_to_be_checked()
    me.shoot("composer-proposed")
    page.get_by_role("button", name=re.compile("^Put in")).first.click()
    expect(page.locator("input[type=checkbox][name=documents]:checked")).to_have_count(1)


def test_n_opens_the_composer_from_any_tab_and_a_task_brings_its_number(desk, people):
    me = desk("fm")
    page = me.page
    opened(me, people, "Litware", "tasks/")
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/notes/#composer"))
    page.go_back()
    page.get_by_role("link", name=re.compile("^Write a note on task")).first.click()
    expect(page.get_by_label("Task number")).to_have_value(re.compile(r"^\d+$"))
    expect(page.get_by_label("Category", exact=True).first).to_have_value("technical-enablement")
