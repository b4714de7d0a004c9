"""From the bytes of a page to clean lines: what is no page at all is refused here, with a sentence.

Line numbers stay those of the file. Byte-order marks and zero-width characters go, non-breaking spaces
become spaces, and Windows line ends become plain ones (DOMAIN §5.4).
"""

import re

from playbook.pages import PageError

MAX_PAGE_BYTES = 1024 * 1024
INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u200e\u200f\u00ad"))
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
    return re.sub(r"[^\S\n]{400,}", " " * 400, text)


def too_large(source: str, size: int) -> PageError:
    return PageError(
        source,
        0,
        f"the page has {size / 1_048_576:.1f} MB, more than the {MAX_PAGE_BYTES // 1_048_576} MB a page may have; "
        "split it into several pages.",
    )


def split_front_matter(source: str, text: str) -> tuple[dict[str, str], list[str], int]:
    """The front matter, all lines of the page, and the index of the first line after the front matter.

    Values are read line by line up to the first colon, because titles hold colons that strict YAML refuses;
    `# required metadata` is a comment there and no heading.
    """
    lines = text.split("\n")
    start = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[start].rstrip() != "---":
        raise PageError(
            source, start + 1, "the page has no front matter; start it with a line `---`, its keys, and a line `---`."
        )
    values: dict[str, str] = {}
    key = None
    for index in range(start + 1, len(lines)):
        line = lines[index].rstrip()
        if line in ("---", "..."):
            _check_values(source, values, lines, start)
            return values, lines, index + 1
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pair = re.match(r"([A-Za-z][\w.\- ]*?)\s*:(?:\s+(.*))?$", line)
        if pair:
            key = pair.group(1).lower()
            values[key] = (pair.group(2) or "").strip()
        elif key and re.match(r"\s+|- ", line):
            values[key] = f"{values[key]} {line.strip()}".strip()
        else:
            if not _closed_later(lines, index):
                break
            raise PageError(
                source, index + 1, "the front matter cannot be read here; write each of its lines as `key: value`."
            )
    raise PageError(
        source, start + 1, "the front matter is not closed; add a line `---` after its last `key: value` line."
    )


def _closed_later(lines: list[str], index: int) -> bool:
    """Whether a closing line follows before the page's own text begins with a heading."""
    for line in lines[index + 1 : index + 40]:
        if line.rstrip() == "---":
            return True
        if line.startswith("## "):
            return False
    return False


def _check_values(source: str, values: dict[str, str], lines: list[str], start: int) -> None:
    for key, value in values.items():
        quote = value[:1]
        unclosed = quote in ("'", '"') and (len(value) < 2 or not value.split(" #")[0].rstrip().endswith(quote))
        unbalanced = (value[:1] == "[" and value.count("[") != value.count("]")) or (
            value[:1] == "{" and value.count("{") != value.count("}")
        )
        if unclosed or unbalanced:
            line = next(
                (n for n, text in enumerate(lines[start:], start + 1) if text.lower().startswith(key)), start + 1
            )
            raise PageError(
                source,
                line,
                f"the front matter cannot be read: the value of `{key}` opens a quote or bracket and never "
                "closes it; close it or put the whole value in quotes.",
            )
        values[key] = value[1:-1] if quote and quote in "'\"" and value.endswith(quote) else value
