"""From the bytes of a page to clean lines, and what its front matter says.

What is no text at all is refused with a sentence; slips in the front matter are warnings, and the page is read.

Line numbers stay those of the file. Byte-order marks and zero-width characters go, non-breaking spaces
become spaces, and Windows line ends become plain ones (DOMAIN §5.4).
"""

import re

from playbook.pages import PageError
from playbook.report import Report

MAX_PAGE_BYTES = 1024 * 1024
INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u200e\u200f\u00ad"))
PAIR = re.compile(r"([A-Za-z][\w.\- ]*+)\s*+:(?:\s++(.*))?$")
GOES_ON = re.compile(r"\s+|- ")
NEEDED = re.compile(r"(title|description|ft\.audience)[\s=]+(\S.*)$", re.I)  # the keys that pages are read by
CLOSING = ("---", "...")
BLANKS = {ord(blank): " " for blank in "\u00a0\u202f\u2007"}


def decode(source: str, raw: bytes) -> str:
    """The page as text, or a PageError that says why it is none."""
    if len(raw) > MAX_PAGE_BYTES:
        raise too_large(source, len(raw))
    if not raw.strip():
        raise PageError(source, 1, "the page is empty; add its text or remove the file.")
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise PageError(source, line, "this is not a text file; save the page as Markdown in UTF-8.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise PageError(source, line, "the text is not in UTF-8; save the page again as UTF-8.") from None
    text = text.translate(INVISIBLE | BLANKS).replace("\r\n", "\n").replace("\r", "\n")
    # Long runs of blanks mean nothing and would make every pattern that trims them slow.
    return re.sub(r"(?<![^\S\n])[^\S\n]{400,}", " " * 400, text)


def too_large(source: str, size: int) -> PageError:
    return PageError(
        source,
        0,
        f"the page has {size / 1_048_576:.1f} MB, more than the {MAX_PAGE_BYTES // 1_048_576} MB a page may have; "
        "split it into several pages.",
    )


def split_front_matter(report: Report, text: str) -> tuple[dict[str, str], list[str], int]:
    """The front matter, all lines of the page, and the index of the first line after the front matter.

    Values are read line by line up to the first colon, because titles hold colons that strict YAML refuses;
    `# required metadata` is a comment there and no heading. What cannot be read is reported and left out.
    """
    lines = text.split("\n")
    start = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[start].rstrip() != "---":
        message = "The page has no front matter; start it with a line `---`, its keys, and a line `---`."
        report.warn(start + 1, "front-matter-missing", message)
        return {}, lines, start
    end, is_closed = _end(lines, start)
    if not is_closed:
        message = (
            f"The front matter is not closed; the text was read from line {end + 1} on. "
            "Add a line `---` after the last `key: value` line."
        )
        report.warn(start + 1, "front-matter-open", message)
    return _values(report, lines, start, end), lines, end + is_closed


def _end(lines: list[str], start: int) -> tuple[int, bool]:
    """The index of the line that closes the front matter, or at which the text of the page begins without one."""
    stray = None
    for index in range(start + 1, len(lines)):
        line = lines[index].rstrip()
        if line in CLOSING:
            return index, True
        if _begins_text(lines, index):
            return index if stray is None else stray, False
        if stray is None and line.strip() and not (PAIR.match(line) or GOES_ON.match(line) or line.startswith("#")):
            stray = index
    return len(lines) if stray is None else stray, False


def _begins_text(lines: list[str], index: int) -> bool:
    """Whether a line is a heading of the page: front matter has comments, above keys or about its metadata."""
    heading = re.match(r"(#{1,6})\s+\S", lines[index])
    if not heading:
        return False
    if len(heading[1]) > 1:
        return True
    if "metadata" in lines[index].lower() or lines[index - 1].strip():
        return False
    following = next((line.rstrip() for line in lines[index + 1 : index + 10] if line.strip()), "")
    return following not in CLOSING and not (PAIR.match(following) and "**" not in following)


def _values(report: Report, lines: list[str], start: int, end: int) -> dict[str, str]:
    values: dict[str, str] = {}
    places: dict[str, int] = {}
    key = None
    for index in range(start + 1, end):
        line = lines[index].rstrip()
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if pair := PAIR.match(line):
            key = pair.group(1).rstrip().lower()
            values[key], places[key] = (pair.group(2) or "").strip(), index + 1
        elif key and GOES_ON.match(line):
            values[key] = f"{values[key]} {line.strip()}".strip()
        elif pair := NEEDED.match(line.strip()):
            key = pair.group(1).rstrip().lower()
            values[key], places[key] = pair.group(2).strip(" :"), index + 1
            message = f"A colon is missing after `{key}`; the line was read as `{key}: {values[key]}`."
            report.warn(index + 1, "front-matter-line", message)
        else:
            key = None
            message = f"“{line.strip()[:80]}” in the front matter was not read; write it as `key: value`."
            report.warn(index + 1, "front-matter-line", message)
    return {key: _value(report, key, value, places[key]) for key, value in values.items()}


def _value(report: Report, key: str, value: str, line: int) -> str:
    """A value without its quotes; a quote or bracket that is never closed is reported and left out."""
    quote = value[:1]
    if quote in ("'", '"') and (len(value) < 2 or not value.split(" #")[0].rstrip().endswith(quote)):
        unclosed = True
    else:
        unclosed = (quote == "[" and value.count("[") != value.count("]")) or (
            quote == "{" and value.count("{") != value.count("}")
        )
    if unclosed:
        message = (
            f"The value of `{key}` opens a quote or bracket and never closes it; "
            "close it or put the whole value in quotes."
        )
        report.warn(line, "front-matter-value", message)
        return value[1:].strip()
    return value[1:-1] if quote and quote in "'\"" and value.endswith(quote) else value
