"""The admin fits the screens that people edit a draft on."""

import pytest
from django.urls import reverse

from engagements.models import User
from playbook.editing import copy_to_draft
from playbook.models import Edition, Step


@pytest.mark.parametrize("width", [1280, 390])
def test_the_forms_of_a_draft_are_not_wider_than_the_page(desk, people, width):
    draft = copy_to_draft(Edition.objects.get(), by=User.objects.get(username="admin"), name="Draft")
    step = Step.objects.get(process__edition=draft, slug="value-add-discussions")
    me = desk("admin", viewport={"width": width, "height": 900})
    addresses = [reverse("admin:playbook_step_change", args=[step.pk]), reverse("admin:index")]
    for address in [*addresses, reverse("admin:playbook_process_change", args=[step.process_id])]:
        me.page.goto(address)
        assert me.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, address
