"""What events are made of: one place reads their text, and only words that it knows are written."""

import pytest

from engagements.event_types import ObjectKind, Verb
from engagements.models import Event
from engagements.selectors.history.objects import OBJECTS
from engagements.services import events


@pytest.mark.parametrize(
    "text, kind, reference, pk",
    [
        ("csm", "csm", "", None),
        ("task:983", "task", "983", 983),
        ("step:acm/conversation", "step", "acm/conversation", None),
        ("health:7:overall", "health", "7:overall", None),
        ("note:\u0663", "note", "\u0663", None),
    ],
)
def test_an_object_is_its_text_and_knows_its_parts(text, kind, reference, pk):
    about = Event(object=text).about
    assert (about, about.kind, about.reference, about.id) == (text, kind, reference, pk)


def test_an_object_is_made_of_its_kind_and_parts():
    assert ObjectKind.TASK.of(983) == "task:983"
    assert ObjectKind.HEALTH.of(7, "overall") == "health:7:overall"
    assert ObjectKind.HEALTH.of(7, "overall").last == "overall"


def test_the_history_has_a_sentence_for_every_kind_of_object():
    assert set(OBJECTS) == set(ObjectKind)


def test_a_verb_fits_its_column():
    longest = Event._meta.get_field("verb").max_length
    assert all(len(verb) <= longest for verb in Verb)


@pytest.mark.django_db
@pytest.mark.parametrize("verb, object", [("compelted", "engagement"), ("completed", "setp:a/b"), ("completed", "")])
def test_a_word_that_nobody_reads_is_not_written(verb, object):
    with pytest.raises(ValueError, match="is not a valid"):
        events.record(verb, object, by=None)
    assert not Event.objects.exists()
