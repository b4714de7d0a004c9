"""Addresses that stand in a text as plain words, without the punctuation behind them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.autolinks import LONGEST_LINK, addresses


def found(text: str) -> list[str]:
    return [text[address.start : address.end] for address in addresses(text)]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://a.example/x.", ["https://a.example/x"]),
        ("(https://a.example/x)", ["https://a.example/x"]),
        ("https://a.example/x_(y) and", ["https://a.example/x_(y)"]),
        ("[https://a.example/x]", ["https://a.example/x"]),
        ("https://a.example/a*b*c!?", ["https://a.example/a*b*c"]),
        ("HTTP://A.example", ["HTTP://A.example"]),
        ("https://a.example/<b>", ["https://a.example/"]),
        ('"https://a.example/b"', ["https://a.example/b"]),
        ("https:// and http://. alone", []),
        ("xhttp://a.example", []),
        ("ana@example.com, ben.b+x@mail.example.org.", ["ana@example.com", "ben.b+x@mail.example.org"]),
        ("@ana and a@b", []),
        ("https://a.example/@ana", ["https://a.example/@ana"]),
        ("https://a.example/" + "b" * LONGEST_LINK + " https://b.example", ["https://b.example"]),
    ],
)
def test_what_is_an_address(text, links):
    assert found(text) == links


def test_a_mail_address_leads_to_a_mail():
    [address] = addresses("write to ana@example.com")
    assert address.href == "mailto:ana@example.com"


@given(st.text("ahtps:/.@()[]<> \n\"'*_~", max_size=80))
def test_addresses_stand_apart_and_in_order(text):
    end = 0
    for address in addresses(text):
        assert end <= address.start < address.end <= len(text)
        end = address.end
