"""What there is to say about a page while it is being read."""

from playbook.pages import PageWarning

LONGEST_TITLE = 300


class Report:
    """Collects the warnings of one file in the order they are found."""

    def __init__(self, source: str):
        self.source = source
        self.warnings: list[PageWarning] = []
        self._said: set[tuple[str, str]] = set()

    def warn(self, line: int, code: str, message: str) -> None:
        self.warnings.append(PageWarning(self.source, line, code, message))

    def title(self, text: str, line: int) -> str:
        """The title, cut to what one may have; a heading that is longer is a paragraph that lost its line's end."""
        if len(text) <= LONGEST_TITLE:
            return text
        message = f"“{text[:40]}…” has {len(text)} characters; shorten it to {LONGEST_TITLE} at most."
        self.warn(line, "title-cut", message)
        return text[:LONGEST_TITLE].strip()

    def warn_once(self, line: int, code: str, message: str) -> None:
        """The same only at its first line, so that a word unknown in fifty rows is one warning."""
        if (code, message) not in self._said:
            self._said.add((code, message))
            self.warn(line, code, message)
