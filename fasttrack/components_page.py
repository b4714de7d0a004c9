"""Every component in every state on one page, for developers (only with DEBUG).

The sample answers below show what each component takes; the variables are described in the comment
that opens its template.
"""

from django import forms
from django.shortcuts import render

from engagements import note_markdown


class SampleNoteForm(forms.Form):
    category = forms.ChoiceField(choices=[("engagement-management", "Engagement Management")])
    services = forms.ChoiceField(choices=[("", "All 5")], required=False)
    number = forms.CharField(label="Task number", required=False, help_text="From the task catalogue, for example 983")
    body = forms.CharField(label="What happened", widget=forms.Textarea(attrs={"rows": 5, "data-key": "n"}))
    next_action = forms.CharField(required=False)
    escalated = forms.BooleanField(label="Escalate to Joana Prates, told at once", required=False)
    mode = forms.ChoiceField(
        label="Motion", widget=forms.RadioSelect, choices=[("rfa", "RFA"), ("ch", "Customer Health")]
    )


def _marks(word: str, *states: str) -> list[dict]:
    return [{"letter": letter, "state": state} for letter, state in zip(word, states, strict=True)]


def _rows(keys: str, *rows: tuple) -> list[dict]:
    return [dict(zip(keys.split(), row, strict=False)) for row in rows]


NOTE = "Engagement Management note"
HERE = "#main"

STATUSES = [
    ("open", "Not started"),
    ("progress", "In progress"),
    ("ready", "Ready to complete"),
    ("done", "Complete"),
    ("blocked", "Blocked-Technical-Customer"),
    ("warning", "Warning"),
    ("paused", "Paused-Customer Delay"),
    ("overdue", "Overdue"),
    ("due", "Due today"),
    ("waived", "Waived"),
    ("off", "Does not apply"),
    ("missing", "Missing"),
]
HEALTHS = [
    ("red", "Red"),
    ("yellow", "Yellow"),
    ("green", "Green"),
    ("blue", "Blue"),
    ("unknown", "Unknown"),
    ("unrated", "Not rated"),
]
MARKS = [
    {"marks": _marks("DIBS", "yes", "yes", "yes", "yes"), "name": "DIBS 4 of 4", "say": "4 of 4"},
    {
        "marks": _marks("DIBS", "yes", "yes", "yes", "no"),
        "name": "DIBS 3 of 4, missing: success owner",
        "say": "success owner missing",
    },
    {
        "marks": _marks("SSAT", "yes", "half", "open", "open"),
        "name": "SSAT: stakeholders in place, scenarios in progress, awareness not started, training not started",
        "say": "in place, in progress, not started",
    },
]
SLICES = _rows("kind x width", ("ip", 0, 65.2), ("bl", 66, 18.2), ("ni", 85, 11.2), ("gap", 97, 2.2))

ITEMS = [
    {
        "id": "r1",
        "state": "open",
        "text": "The customer’s agreement to an ACM conversation is documented",
        "short": "Agreement to an ACM conversation",
        "value": "11",
        "counts": True,
        "meta": NOTE,
        "offers": [{"label": "Use an earlier note", "url": HERE}],
    },
    {"id": "r2", "state": "note", "text": "Champions network introduced", "value": "12", "counts": True, "meta": NOTE},
    {
        "id": "r3",
        "state": "done",
        "text": "Kickoff Conversation completed, “Adopt” slide covered",
        "meta": "From records:",
        "evidence": [{"text": "Schedule and Conduct Kickoff Meeting", "url": HERE, "tail": ", complete since 5 May"}],
    },
    {
        "id": "r4",
        "state": "waived",
        "text": "Team Success and OneDrive Adoption Kits reviewed",
        "meta": "Waived by Joana Prates: “Neither service is in scope.”",
    },
    {
        "id": "r5",
        "state": "off",
        "text": "SME request submitted and resource assigned",
        "meta": "If applicable: no value discussion has been asked for.",
    },
    {
        "id": "r6",
        "state": "open",
        "text": "DIBS are captured",
        "meta": "From records: complete for 2 of 3 services; Teams lacks a success owner.",
        "fix": {"label": "Add success owner", "url": HERE},
    },
    {
        "id": "r7",
        "state": "open",
        "text": "Engagement Management notes that document the following",
        "children": [
            {"id": "r7a", "state": "open", "text": "Roles are agreed", "value": "13", "counts": True, "meta": NOTE},
            {
                "id": "r7b",
                "state": "done",
                "text": "Dates are agreed",
                "evidence": [{"text": NOTE, "url": HERE, "tail": ", Ana Ruiz, 19 May"}],
            },
        ],
    },
]
GROUP = {
    "id": "g1",
    "legend": "One of three routes",
    "hint": "decides what else has to be documented",
    "routes": [
        {
            "id": "route-1",
            "state": "open",
            "text": "The customer has a partner, not engaged for ACM",
            "value": "21",
            "meta": "Find out whether that partner offers adoption services.",
        },
        {
            "id": "route-2",
            "state": "off",
            "text": "The Microsoft account team looks for the best-fit partner",
            "meta": "Not open: no account team (ATU) is recorded for this tenant.",
            "fix": {"label": "Add one", "url": HERE},
        },
        {
            "id": "route-3",
            "state": "chosen",
            "text": "FastTrack Ready Partner through QuickLeads, task 983",
            "meta": "No account team, and the customer is interested.",
            "parts": [
                {
                    "id": "r8",
                    "state": "open",
                    "text": "Referral Request e-mail template provided to the customer",
                    "short": "Referral e-mail provided",
                    "value": "31",
                    "counts": True,
                    "meta": NOTE,
                },
                {
                    "id": "r9",
                    "state": "done",
                    "text": "Best matched partners will contact the customer",
                    "meta": "From records:",
                    "evidence": [{"text": "referral 318", "url": HERE, "tail": ", 3 of 3 partners matched"}],
                },
            ],
        },
    ],
}

BLOCKERS = _rows(
    "url label", ("#r1", "ACM agreement"), ("#r8", "Referral e-mail"), ("#task-983", "Task 983 is In Progress")
)
OPEN_GATE = {"state": "open", "left": 3, "total": 6, "blockers": BLOCKERS, "complete_url": HERE}
GATES = [
    OPEN_GATE,
    {**OPEN_GATE, "state": "refused"},
    {"state": "ready", "left": 0, "total": 6, "summary": "5 satisfied, 1 waived", "complete_url": HERE},
    {
        "state": "readonly",
        "left": 3,
        "total": 6,
        "reader": "You may read this engagement. Ana Ruiz can complete the step.",
    },
    {
        "state": "faster",
        "left": 0,
        "faster": {"by": "Ben Adler", "at": "14:32", "kept": "Your note is saved.", "receipt_url": HERE},
    },
]
PHASES = _rows(
    "name kind state value note url",
    ("Presales", "off", "skip", 0, "Not in this model", HERE),
    ("Validation", "done", "done", 100, "4 of 4", HERE),
    ("Engagement", "off", "skip", 0, "Not in this model", HERE),
    ("Assignment", "done", "done", 100, "5 of 5", HERE),
    ("Initiate", "done", "done", 100, "8 of 8", HERE),
    ("Assess", "progress", "now", 72, "13 of 18", HERE),
    ("Remediate", "blocked", "later", 0, "0 of 4, blocked", HERE),
    ("Enable", "progress", "later", 25, "2 of 8", HERE),
    ("Migrate", "open", "later", 0, "0 of 4", HERE),
    ("Success", "open", "later", 0, "0 of 4", HERE),
)
STEPS = _rows(
    "id kind name url why tasks state when next off",
    ("s1", "done", "Schedule and Conduct Kickoff Meeting", HERE, "2 notes", "994", "Complete", "19 May"),
    (
        "s2",
        "progress",
        "Request an ACM Partner",
        HERE,
        "3 of 6 left: e-mail, agreement, task 983",
        "983",
        "In progress",
        "Today",
        True,
    ),
    (
        "s3",
        "off",
        "Schedule Success Check-in Meetings",
        HERE,
        "Does not apply to Teams: a CSM is assigned.",
        "",
        "Does not apply",
        "",
        False,
        True,
    ),
)
DAYS = _rows(
    "name count past today week off entries",
    ("Mon 18", "1 done", True, False, False, False, [{"kind": "done", "text": "Woodgrove"}]),
    ("Tue 19", "2 done", True),
    ("Wed 20", "", True),
    (
        "Thu 21",
        "2 due",
        False,
        True,
        False,
        False,
        [{"kind": "overdue", "text": "Fabrikam", "late": True}, {"kind": "due", "text": "Northwind"}],
    ),
    ("Fri 22", "4"),
    ("Mon 25", "Holiday", False, False, True, True, [{"text": "Memorial Day, US"}]),
    ("Tue 26", "3"),
    ("Wed 27", "1"),
    ("Thu 28", "2"),
    ("Fri 29", "1"),
)
TODOS = _rows(
    "id kind customer url phase health health_word what why action action_url snooze_url main",
    (
        "t1",
        "overdue",
        "Fabrikam",
        HERE,
        "Enable",
        "red",
        "Red",
        "Customer-facing health review",
        "Was due Fri 15 May. Weekly while health is Red; last held Fri 8 May.",
        "Record review",
        HERE,
        HERE,
        True,
    ),
    (
        "t2",
        "ready",
        "Woodgrove Bank",
        HERE,
        "Initiate",
        "green",
        "Green",
        "Schedule and Conduct Kickoff Meeting",
        "All 5 outputs documented, task 994 is Complete.",
        "Review and complete",
        HERE,
    ),
)
COLUMNS = _rows(
    "key label url sort num",
    ("customer", "Customer", HERE, "ascending"),
    ("health", "Health", HERE, ""),
    ("phase", "Phase", HERE, ""),
    ("now", "What now", "", ""),
    ("seats", "Seats", HERE, "", True),
)
TABLE = _rows(
    "name second health word phase kind now seats",
    ("Fabrikam", "Customer Health", "red", "Red", "Enable", "overdue", "Record the overdue health review", "12,400"),
    ("Litware", "RFA", "red", "Red", "Enable", "blocked", "Blocked: task 1126", "2,150"),
    ("Contoso", "Customer Health", "green", "Green", "Migrate", "progress", "Migration, 3 left", "48,000"),
)
TASKS = [
    {
        "number": 983,
        "name": "QuickLeads",
        "note": "Optional in the catalogue, needed by the route you chose.",
        "choices": _rows("value label selected", ("in-progress", "In Progress", True), ("complete", "Complete")),
        "save_url": HERE,
    },
    {
        "number": 4047,
        "name": "Conduct Adoption & Change Management Conversation",
        "note": "Mandatory, closes in step 3.",
        "quiet": True,
        "kind": "open",
        "status": "Not Started",
    },
]
ASK = {
    "id": "q1",
    "text": "Does the customer want an ACM partner?",
    "hint": "Not known yet: the step applies until somebody answers.",
    "answer": "unknown",
    "url": HERE,
}
ASK_SETTLED = ASK | {
    "id": "q2",
    "text": "Is a subject matter expert assigned?",
    "hint": "",
    "answer": "no",
    "by": "No, Ana Ruiz, 19 May: “The customer has its own.”",
    "settled": True,
}
NOTES = [
    {
        "author": "Ana Ruiz",
        "when": "14:21",
        "category": "Engagement Management",
        "body": note_markdown.render(
            "Priya agreed **by voice**.\n\n- She wants training in Portuguese\n- [ ] @ana sends the deck",
            {"ana": "Ana Ruiz"},
        ),
        "fresh": True,
        "documents": [{"label": "verbal agreement", "url": HERE}],
        "next": "ask whether all three partners have called, Wed 27 May",
    },
    {
        "author": "Ana Ruiz",
        "when": "Tue 19 May",
        "body": note_markdown.render("Presented the ACM partner deck."),
        "escalated": "to Joana Prates",
    },
]
EVENTS = _rows(
    "when actor text url before after",
    ("Thu 21 May, 14:32", "Ana Ruiz", "completed Request an ACM Partner", HERE),
    ("Tue 19 May, 9:10", "Joana Prates", "changed health", "", "Green", "Yellow"),
)
CHANGES = _rows(
    "state name line before after reasons",
    ("new", "Contoso", "row 2"),
    ("changed", "Seats of Fabrikam", "row 3", "12,000", "12,400"),
    ("same", "Litware", "row 4"),
    ("refused", "Tailspin Toys", "row 5", "", "", ["Service “Teems” is not known."]),
)

SAMPLES = {
    "statuses": STATUSES,
    "healths": HEALTHS,
    "marks": MARKS,
    "slices": SLICES,
    "items": ITEMS,
    "group": GROUP,
    "gates": GATES,
    "phases": PHASES,
    "steps": STEPS,
    "days": DAYS,
    "todos": TODOS,
    "columns": COLUMNS,
    "table": TABLE,
    "tasks": TASKS,
    "ask": ASK,
    "ask_settled": ASK_SETTLED,
    "notes": NOTES,
    "events": EVENTS,
    "changes": CHANGES,
}


def components_page(request):
    form = SampleNoteForm({"category": "engagement-management", "number": "9830", "body": "", "mode": "rfa"})
    form.add_error("number", "Value is not a valid Task Id.")
    return render(request, "components_page.html", {**SAMPLES, "form": form})
