"""Markup in everything that people write runs nowhere in Chromium: no script, no dialog, no request, no CSP report."""

from django.urls import reverse
from playwright.sync_api import expect

from engagements.models import Customer, Tenant
from engagements.services import summaries
from tests import factories as make
from tests.engagements.test_note_markdown import ATTACKS
from tests.scene import set_up
from tests.test_doors import CORPUS, EVIL


def test_words_stay_words_on_every_page(desk, people):
    fm = people["fm"]
    engagement = make.EngagementFactory(edition__status="retired")
    make.AssignmentFactory(user=fm, tenant=engagement.tenant, primary=True)
    scene = set_up(engagement, fm, EVIL)
    Customer.objects.update(**Customer.folded(f"Northwind {EVIL}"[:200]))
    Tenant.objects.update(**Tenant.folded(f"Northwind {EVIL}"[:200]))
    fm.last_name = CORPUS[0]
    fm.save()
    make.NextActionFactory(engagement=engagement, owner=fm, text=f"Call them {CORPUS[0]}")
    summaries.refresh(engagement.pk)

    me = desk("fm")
    page, asked = me.page, []
    page.on("dialog", lambda dialog: (me.problems.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
    names = ["engagement_detail", "engagement_history", "engagement_notes", "engagement_contacts", "engagement_tasks"]
    urls = [reverse(name, args=[engagement.pk]) for name in [*names, "engagement_services", "engagement_state"]]
    urls += ["/", reverse("engagement_list"), reverse("engagement_new"), reverse("account")]
    urls += [reverse("step_detail", args=scene.at_step), reverse("waiver_ask", args=scene.at_step)]
    urls += [reverse("receipt_detail", args=[engagement.pk, scene.receipt.pk])]
    urls += [
        reverse("note_detail", args=[engagement.pk, scene.note.pk]),
        reverse("engagement_notes_print", args=[engagement.pk]),
        f"{reverse('note_library')}?q=script+alert&at=%3Cimg+src%3Dx%3E",
        reverse("note_library"),
        reverse("next_action", args=[scene.action.pk]),
    ]
    page.on("request", lambda request: asked.append(request.url) if request.resource_type in ("xhr", "fetch") else None)
    for url in urls:
        page.goto(url)
        page.wait_for_load_state("networkidle")
        assert page.locator("main b[hx-get], main img[src=x], main [onfocus], main [onload]").count() == 0, url
    # A draft that comes back is graded; nothing that somebody wrote asks for anything.
    assert [url for url in asked if not url.endswith("/notes/grade/")] == []

    # A toast holds the words of a next action, too.
    page.goto("/")
    page.locator(".todo-r button[name=done]").first.click()
    expect(page.locator("#toasts")).to_contain_text("<script>alert(1)</script>")
    page.wait_for_load_state("networkidle")


def test_no_note_of_the_corpus_runs_or_loads_anything(desk, people):
    """Each attack alone and all together: in the list, on a page of its own, in the preview and as a draft."""
    fm = people["fm"]
    engagement = make.EngagementFactory(edition__status="retired")
    make.AssignmentFactory(user=fm, tenant=engagement.tenant, primary=True)
    for attack in ATTACKS:
        make.NoteFactory(engagement=engagement, author=fm, body=attack)
    every = "\n\n".join(ATTACKS)
    note = make.NoteFactory(engagement=engagement, author=fm, body=every)
    listed = reverse("engagement_notes", args=[engagement.pk])
    make.NoteDraftFactory(user=fm, engagement=engagement, place=listed, values={"body": every})
    summaries.refresh(engagement.pk)

    me = desk("fm")
    page = me.page
    page.on("dialog", lambda dialog: (me.problems.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
    pages = -(-(len(ATTACKS) + 1) // 25)
    urls = [f"{listed}?page={number + 1}" for number in range(pages)]
    for url in [*urls, reverse("note_detail", args=[engagement.pk, note.pk])]:
        page.goto(url)
        page.wait_for_load_state("networkidle")
        expect(page.locator(".note-body").first).to_be_visible()
        must_be_words(page)
    page.goto(listed)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#note-preview .note-body")).to_be_visible()
    must_be_words(page)


def must_be_words(page):
    strange = (
        ".note-body :is(script, img, svg, iframe, object, embed, style, form, input, link, meta, base, video, audio)"
    )
    assert page.locator(strange).count() == 0
    bare = "a => ![...a].some(e => [...e.attributes].some(({name}) => /^(on|style|hx-|data-)/.test(name)))"
    assert page.evaluate(f"({bare})(document.querySelectorAll('.note-body *'))")
    links = page.locator(".note-body a").evaluate_all("all => all.map(a => new URL(a.href).protocol)")
    assert set(links) <= {"http:", "https:", "mailto:"}
