"""Walking a QuickLeads referral on its page, for journeys that need one."""

from playwright.sync_api import expect


def refer(desk, address: str, partners=("Adopt & Co", "Change Works", "Learn It"), contact="Priya Raman"):
    """From the way to a partner to the sent mail; three partners are what R7 asks for."""
    page = desk.page
    page.goto(address)
    page.get_by_role("button", name="Begin a referral").click()
    page.get_by_label("Service type").select_option(label="Training and Enablement")
    page.get_by_label("Location").fill("Lisbon, on site")
    page.get_by_label("Specialties").fill("Teams champions")
    _save(page, "match", "Save what they are matched by")
    page.get_by_label("Whom the partners contact").select_option(label=contact)
    page.get_by_label("Who approved").select_option(label=contact)
    page.get_by_label("How it was approved").select_option(label="Verbal")
    page.locator("#approval").get_by_label("On", exact=True).fill(_today(page))
    _save(page, "approval", "Save the approval")
    for name in partners:
        page.locator("#partners").get_by_label("Partner", exact=True).fill(name)
        page.get_by_role("button", name="Propose the partner").click()
        expect(page.locator("#partners")).to_contain_text(name)
    page.get_by_role("button", name="Write it from the template").click()
    expect(page.get_by_label("Subject")).not_to_have_value("")
    expect(page.locator("#send")).to_contain_text("Ready to send")
    page.locator("#send").get_by_role("button").last.click()
    expect(page.locator("#partners form").first).to_be_visible()


def hear_of_all(desk, outcomes):
    """What came of each partner; with the last the referral is closed."""
    page = desk.page
    for name, outcome in outcomes.items():
        form = page.get_by_role("form", name=f"What came of {name}")
        form.get_by_label("In touch since").fill(_today(page))
        form.get_by_label("Outcome").select_option(label=outcome)
        form.get_by_role("button", name="Save").click()
        expect(page.locator("#partners li p", has_text=name).first).to_contain_text(outcome)


def _save(page, part, button):
    page.locator(f"#{part}").get_by_role("button", name=button).click()
    expect(page.locator(f"#{part} .sect-h")).to_contain_text("There")


def _today(page) -> str:
    import datetime as dt

    return dt.date.today().isoformat()
