"""Text that is saved as it was shown did not change, although browsers send its lines separated by CRLF."""

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from engagements.models import Note
from fasttrack.middleware import LineBreaksMiddleware
from tests import factories as make
from tests.test_access import posted

TEXT = "First line\n\nThird line\n- and a fourth"


@given(st.lists(st.text("a\r\n\t é", max_size=12), min_size=1))
def test_every_posted_text_arrives_with_the_lines_that_were_typed(texts):
    data = QueryDict(mutable=True)
    data.setlist("text", [text.replace("\r", "").replace("\n", "\r\n") for text in texts])
    body = data.urlencode()
    request = RequestFactory().post("/", body, content_type="application/x-www-form-urlencoded")
    LineBreaksMiddleware(lambda _: None).process_view(request, None, (), {})
    assert request.POST.getlist("text") == [text.replace("\r", "") for text in texts]


@pytest.mark.django_db
def test_a_step_that_is_saved_untouched_did_not_change(client, admin):
    edition = make.EditionFactory(status="draft")
    step = make.StepFactory(process__edition=edition, guidance=TEXT)
    client.force_login(admin)
    url = reverse("admin:playbook_step_change", args=[step.pk])
    form = client.get(url).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    data |= {
        name: [getattr(row, "pk", row) for row in value] for name, value in data.items() if isinstance(value, list)
    }
    empty = {f"{p}-{k}_FORMS": 0 for p in ("requirements", "listings") for k in ("TOTAL", "INITIAL")}
    answer = client.post(url, data | empty | {"guidance": TEXT.replace("\n", "\r\n")})
    assert answer.status_code == 302, answer.context["errors"]
    step.refresh_from_db()
    assert step.guidance == TEXT
    assert {entry.guidance for entry in step.history.all()} == {TEXT}


@pytest.mark.django_db
def test_a_note_is_kept_as_it_was_typed(scene, client, owner):
    client.force_login(owner)
    url = reverse("engagement_notes", args=[scene.engagement.pk])
    client.post(url, posted("engagement_notes", scene) | {"body": TEXT.replace("\n", "\r\n")})
    assert Note.objects.latest("pk").body == TEXT
