"""Finding a person in texts, and taking the name out: a table of cases, no database."""

import pytest

from engagements.redacting import INSTEAD, Person

PRIYA = Person("Priya Raman", "priya@northwind.example", "+351 (21) 000-11-22")


@pytest.mark.parametrize(
    "text, without",
    [
        ("Spoke with Priya Raman today.", f"Spoke with {INSTEAD} today."),
        ("PRIYA  RAMAN’s team", f"{INSTEAD}’s team"),
        ("Raman, Priya: CIO", f"{INSTEAD}: CIO"),
        ("Mail to Priya@Northwind.example.", f"Mail to {INSTEAD}."),
        ("Call 00 +351 21 000 11 22 first", f"Call 00 {INSTEAD} first"),
        ("Priya\nRaman", INSTEAD),
        ("Priyanka Ramanujan", "Priyanka Ramanujan"),
        ("Priya agreed", "Priya agreed"),
        ("", ""),
    ],
)
def test_a_full_name_an_address_and_a_number_are_the_person(text, without):
    assert PRIYA.taken_out(text) == without
    assert PRIYA.is_in(text) is (text != without)


@pytest.mark.parametrize(
    "text, proposed",
    [
        ("Priya agreed with Mrs Raman", f"{INSTEAD} agreed with Mrs {INSTEAD}"),
        ("priya, in small letters, is not looked for", "priya, in small letters, is not looked for"),
        ("Priya Raman and Priya", f"{INSTEAD} and {INSTEAD}"),
    ],
)
def test_a_first_or_last_name_alone_is_proposed_only(text, proposed):
    assert PRIYA.proposed(text) == proposed
    assert PRIYA.may_be_in(text) is (text != proposed)


def test_texts_within_lists_and_mappings_are_reached_and_the_rest_stays():
    stored = {"lines": [{"text": "Priya Raman said so", "id": 7}], "on": None, "holds": True}
    assert PRIYA.taken_out(stored) == {"lines": [{"text": f"{INSTEAD} said so", "id": 7}], "on": None, "holds": True}


def test_names_that_look_like_patterns_are_names():
    assert Person("A. (Bo) Lindqvist*").taken_out("A. (Bo) Lindqvist* called") == f"{INSTEAD} called"
    assert Person("Øyvind Åse").taken_out("øyvind åse") == INSTEAD


def test_a_name_of_one_word_is_proposed_only():
    will = Person("Will")
    assert will.taken_out("Will and his will") == "Will and his will"
    assert will.proposed("Will and his will") == f"{INSTEAD} and his will"


def test_short_words_and_short_numbers_are_no_parts():
    assert Person("Bo Li", phone="112").may_be_in("Bo called 112 for Li") is False
