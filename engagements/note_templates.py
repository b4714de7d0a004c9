"""How a template comes into what is typed already, without destroying it (R53). Pure; static/js/note_text.js does the
same while somebody writes.

A template is taken apart at its headings. Those that the text has already are left out, the others follow below.
"""

import re

HEADING = re.compile(r"#{1,6}[ \t]++(\S.*)")


def headings(text: str) -> set[str]:
    """Every heading of a text, without case and spacing."""
    return {_key(found[1]) for line in text.splitlines() if (found := HEADING.match(line))}


def sections(template: str) -> list[str]:
    """The template from heading to heading; what stands before the first one is a section too."""
    found: list[list[str]] = [[]]
    for line in template.strip().splitlines():
        if HEADING.match(line):
            found.append([])
        found[-1].append(line)
    return [text for lines in found if (text := "\n".join(lines).strip())]


def missing(typed: str, template: str) -> list[str]:
    """The sections that the text lacks, in the order of the template."""
    there = headings(typed)
    return [section for section in sections(template) if not headings(section) & there and section not in typed]


def merged(typed: str, template: str) -> str:
    """What is typed, unchanged, and below it what the template adds."""
    added = "\n\n".join(missing(typed, template))
    if not added:
        return typed
    return f"{typed.rstrip()}\n\n{added}\n" if typed.strip() else f"{added}\n"


def _key(heading: str) -> str:
    title = heading.rstrip(" \t#") or heading
    return " ".join(title.casefold().split()).rstrip(":")
