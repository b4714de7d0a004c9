"""A cache of texts holds so many bytes, whatever is asked of it."""

import sys

import pytest

from engagements import note_markdown
from engagements.note_markdown import render, render_once
from tasks.text_cache import TextCache


def test_a_text_is_made_once():
    cache, made = TextCache(10_000), []
    for _ in range(2):
        assert cache.get(("a",), lambda: made.append(1) or "text") == "text"
    assert made == [1]


def test_parts_are_not_run_together():
    cache = TextCache(10_000)
    assert [cache.get(parts, lambda parts=parts: str(parts)) for parts in (("ab", "c"), ("a", "bc"))] == [
        "('ab', 'c')",
        "('a', 'bc')",
    ]


def test_it_never_holds_more_bytes_than_it_may_and_forgets_what_was_used_least_lately():
    cache = TextCache(20_000)
    for number in range(100):
        cache.get((str(number),), lambda: "x" * 1_000)
        cache.get(("0",), lambda: "x" * 1_000)
        assert cache.bytes <= 20_000
    made = []
    cache.get(("0",), lambda: made.append("0") or "")
    cache.get(("1",), lambda: made.append("1") or "")
    assert made == ["1"]
    assert 10 < len(cache) <= 20


def test_one_text_does_not_push_out_all_others():
    cache = TextCache(20_000)
    cache.get(("small",), lambda: "x")
    cache.get(("large",), lambda: "x" * 10_000)
    assert len(cache) == 1


@pytest.fixture
def empty():
    note_markdown.cache.clear()
    yield note_markdown.cache
    note_markdown.cache.clear()


def test_a_preview_is_not_kept_and_a_note_is_once(empty):
    render_once("one **note**")
    assert len(empty) == 0
    assert render("one **note**") == render("one **note**") == render_once("one **note**")
    assert len(empty) == 1


def test_forty_five_long_notes_stay_within_the_bytes_of_a_worker(empty):
    for number in range(45):
        render(f"{number} " + "- word and `code`\n" * 700)
    assert 0 < empty.bytes <= note_markdown.CACHED_BYTES
    assert empty.bytes == sum(sys.getsizeof(text) for text in empty._texts.values())
