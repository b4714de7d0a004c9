"""A small folder of pages for the tests of the import: one process with two steps, one page of guidance, gates."""

from pathlib import Path

from tests.playbook.pages_for_tests import ATTRIBUTES, HEAD, HEADER, INPUTS, OUTPUTS

KICKOFF = f"""# Conduct Kickoff

Phase: **Initiate**

## Approach

### Prepare

{ATTRIBUTES}
Read the customer's history first.

{INPUTS}
- Engagement Management note documenting the following:
    - The sponsor of the customer is known.
    - The date of the meeting is agreed.

#### FTOP Tasks

{HEADER}| 3616 | Complete Initial customer outreach | M | FastTrack Manager | All Services |

### Hold the Meeting

{ATTRIBUTES}
{OUTPUTS}
- Engagement Management note documents the decisions of the meeting.

#### FTOP Tasks

{HEADER}| 994 | Conduct Kickoff Meeting | M | FastTrack Manager | All Services |
| 3734 | Deliver App Assure | O | FastTrack Engineer | Windows 10 / Office ProPlus |

## Key Outputs

- The kickoff is complete.

## Next Steps

Proceed to [Good Meetings](good-meetings.md).
"""
GUIDANCE = "# Good Meetings\n\nStart on time.\n"
GATES = """[conditions.meeting-wanted]
question = "Does the customer want a meeting?"
yes = "the customer wants one"
no = "the customer wants none"

["conduct-kickoff/hold-the-meeting"]
when = "meeting-wanted"
"""
MEETING, PREPARE = "conduct-kickoff/hold-the-meeting", "conduct-kickoff/prepare"
SPONSOR = "The sponsor of the customer is known."


def write(folder: Path, kickoff: str = KICKOFF, gates: str = GATES, **pages: str) -> Path:
    """The folder with these pages; ``pages`` are more of them, by file name without `.md`."""
    folder.mkdir(exist_ok=True)
    pages = {"initiate-kickoff": kickoff, "good-meetings": GUIDANCE} | pages
    for stem, body in pages.items():
        (folder / f"{stem}.md").write_text(HEAD + body, encoding="utf-8")
    (folder / "gates.toml").write_text(gates, encoding="utf-8")
    return folder
