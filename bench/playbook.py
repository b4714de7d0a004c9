"""A playbook of any length: pages in the dialect of the bundled one, the same for the same number."""

import random
from pathlib import Path

HEAD = "---\ntitle: {title}\nms.topic: how-to\nms.date: 05/04/2026\nms.audience: internal\n---\n\n"
PHASES = "Presales Assignment Engagement Initiate Assess Remediate Enable Migrate Success Validation".split()
ROLES = ("FastTrack Manager", "FastTrack Engineer", "FastTrack Architect v2")
SERVICES = ("All Services", "Exchange Online", "Teams", "SharePoint Online / OneDrive for Business")
WORDS = (
    "agree confirm review customer sponsor plan pilot rollout service owner champions training network identity "
    "mailbox meeting date scenario reason team partner workload readiness survey outcome risk next weekly report"
).split()


def write_playbook(folder: Path, pages: int, seed: int) -> int:
    """Writes the pages and returns their lines."""
    folder.mkdir(parents=True)
    lines = 0
    for number in range(pages):
        dice = random.Random(seed * 1_000 + number)
        text = _page(number, dice, pages)
        lines += text.count("\n")
        (folder / f"page-{number:03}.md").write_text(text, encoding="utf-8")
    return lines


def _page(number: int, dice: random.Random, pages: int) -> str:
    title = f"{dice.choice(WORDS).capitalize()} the {dice.choice(WORDS)} {number}"
    parts = [
        HEAD.format(title=title),
        f"# {title}\n\nPhase: **{PHASES[number % len(PHASES)]}**\n\n",
        f"## Objective\n\n{_prose(dice, 120)}\n\n## Approach\n",
        *(_step(number, at, dice) for at in range(dice.randrange(2, 6))),
        "\n## Key Outputs\n\n" + _bullets(dice, 2),
        f"\n## Next Steps\n\nProceed to [the next page](page-{(number + 1) % pages:03}.md).\n",
    ]
    return "".join(parts)


def _step(number: int, at: int, dice: random.Random) -> str:
    rows = "".join(
        f"| {7_000 + number * 10 + at * 2 + row} | {_sentence(dice, 4)} | {dice.choice('MO')} "
        f"| {dice.choice(ROLES)} | {dice.choice(SERVICES)} |\n"
        for row in range(2)
    )
    return (
        f"\n### {_sentence(dice, 4)} {at + 1}\n\n"
        f"Responsible Role: **{dice.choice(ROLES)}**\\\nMotions: **RFA, Targeting**\\\n"
        f"Applies To: **{dice.choice(SERVICES)}**\n\n{_prose(dice, 200)}\n\n"
        f"1. {_sentence(dice, 12)}\n2. {_sentence(dice, 12)}\n3. {_sentence(dice, 9)}\n\n"
        f"**Step Inputs**\n\n{_bullets(dice, 2)}\n"
        "**Step Outputs**\n\n- Engagement Management note documents the following:\n"
        f"{_bullets(dice, 4, '    ')}\n#### FTOP Tasks\n\n"
        "| Task | Name | M/O | Role | Services |\n|---|---|---|---|---|\n" + rows
    )


def _prose(dice: random.Random, words: int) -> str:
    """A paragraph with the emphasis and links that pages have."""
    said = [_sentence(dice, 14) + "." for _ in range(words // 14)]
    said.append(f"See the **{dice.choice(WORDS)}** in [the guide](https://example.com/{dice.choice(WORDS)}).")
    return " ".join(said)


def _bullets(dice: random.Random, count: int, indent: str = "") -> str:
    return "".join(f"{indent}- {_sentence(dice, 8)} is documented.\n" for _ in range(count))


def _sentence(dice: random.Random, words: int) -> str:
    return " ".join(dice.choice(WORDS) for _ in range(words)).capitalize()
