"""A note's Markdown is shown as people meant it, and nothing in it runs, loads or leads astray."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.note_markdown import TAGS, plain, render

ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<script\n>alert(1)</script\n>",
    "<<script>alert(1)//<</script>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "<img src=`x`onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text y=9>x</text></a></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<form action=javascript:alert(1)><button>go</button></form>",
    "<b hx-get=/ hx-trigger=load>x</b>",
    "<p data-hx-post=/accounts/logout/ data-hx-trigger=load>x</p>",
    "<style>body{display:none}</style>",
    "<p style=position:fixed;inset:0>over everything</p>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<base href=//evil.example/>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</div></li></ul><h1>Signed out</h1>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](<java\nscript:alert(1)>)",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml,<svg onload=alert(1)>)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://desk/1)",
    "[x](//evil.example/)",
    "[x](/accounts/logout/)",
    "[x](?delete=1)",
    '[x]( https://a.example"onclick="alert(1) )',
    '[x](https://a.example "onclick=alert(1) x=")',
    '[x](https://a.example" onmouseover="alert(1))',
    "[x][1]\n\n[1]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<https://a.example/'onclick='alert(1)>",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    '![x](x "onerror=alert(1)")',
    '![" onerror="alert(1)](https://evil.example/x.png)',
    "[![x](https://evil.example/x.png)](javascript:alert(1))",
    "`<img src=x onerror=alert(1)>`",
    "```html\n<script>alert(1)</script>\n```",
    '```"onload="alert(1)\nx\n```',
    "    <script>alert(1)</script>",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "# <svg/onload=alert(1)>",
    "- [ ] <img src=x onerror=alert(1)>",
    "1. <script>alert(1)</script>",
    "> <iframe src=javascript:alert(1)>",
    "@ana<script>alert(1)</script>",
    '@"><script>alert(1)</script>',
    "**<script>alert(1)</script>**",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\u202e<script>alert(1)</script>",
    "<scr\u200bipt>alert(1)</scr\u200bipt>",
    "＜script＞alert(1)＜/script＞",
    "<a href=https://a.example target=_blank>x</a>",
    'https://a.example/"onclick="alert(1)',
    "mailto:a@b.example?body=<script>alert(1)</script>",
    "{{ request.user.password }}{% debug %}",
    "{{7*7}} ${7*7} #{7*7}",
]


class Reader(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str):
        super().__init__()
        self.seen: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def must_be_harmless(html: str) -> None:
    for tag, attributes in Reader(html).seen:
        assert tag in TAGS, html
        assert set(attributes) <= ({"href", "rel"} if tag == "a" else {"class", "start"}), html
        if "href" in attributes:
            assert re.match(r"(https?://|mailto:)", attributes["href"]), html
            assert attributes["rel"] == "noopener noreferrer nofollow"


def test_the_corpus_is_large_enough_to_mean_something():
    assert len(set(ATTACKS)) >= 60


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_stays_words(attack):
    must_be_harmless(render(attack))
    must_be_harmless(render(attack, {"ana": "<script>alert(1)</script>"}))
    must_be_harmless(render(f"- a\n\n{attack}\n\n| a |\n|---|\n| {attack} |"))


@given(st.text(alphabet="<>[]()!`*_~@#-+|:/\\\"'& \n\tax1.", max_size=80))
def test_no_text_whatever_becomes_more_than_words_and_links(text):
    must_be_harmless(render(text, {"a": "Ana", "x1": "<b>"}))


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("3. three\n4. four", '<ol start="3">\n<li>three</li>\n<li>four</li>\n</ol>'),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("# Decisions", "<h3>Decisions</h3>"),
        ("## Decisions", "<h3>Decisions</h3>"),
        ("**bold** and *soft* and ~~gone~~", "<p><strong>bold</strong> and <em>soft</em> and <s>gone</s></p>"),
        ("- [ ] send\n- [x] call", '<span class="box">Done: </span>call'),
        ("a@b.com", '<a href="mailto:a@b.com"'),
        ("see https://learn.example/a_b_c", ">https://learn.example/a_b_c</a>"),
        ("[the deck](https://a.example/deck)", ">the deck</a>"),
        (
            "![the plan](https://a.example/p.png)",
            '<a href="https://a.example/p.png" rel="noopener noreferrer nofollow">',
        ),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
        ("Thanks @ana, and @ben.", '<span class="mention">@Ana Ruiz</span>, and @ben.'),
        ("`@ana`", "<code>@ana</code>"),
        ("mail ana@ana.com", ">ana@ana.com</a>"),
    ],
)
def test_markdown_is_shown_as_it_was_meant(typed, shown):
    assert shown in render(typed, {"ana": "Ana Ruiz"})


@pytest.mark.parametrize("endless", ["[" * 100_000, "*_" * 50_000, ">" * 100_000, "- " * 50_000, "![](" * 25_000])
def test_a_text_made_to_take_long_is_shown_all_the_same(endless):
    must_be_harmless(render(endless))


def test_a_line_of_a_note_elsewhere_has_its_words_only():
    assert plain("## Decisions\n- **Ana** sends <the> deck & [plan](https://a.example)") == (
        "Decisions Ana sends <the> deck & plan"
    )
