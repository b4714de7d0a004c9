"""What a browser would send back from a page of the admin if nobody touched it."""

from html.parser import HTMLParser


class _Fields(HTMLParser):
    """Reads the fields of the first form of a page whose id is one of those of the admin."""

    FORMS = ("_form", "changelist-form")

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.inside = False
        self.text: str | None = None
        self.select: str | None = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        name, kind = given.get("name"), given.get("type", "text")
        if tag == "form" and given.get("id", "").endswith(self.FORMS):
            self.inside = True
        elif not self.inside:
            return
        elif tag == "input" and name and kind not in ("submit", "button", "file", "image"):
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.fields.setdefault(name, []).append(given.get("value") or ("on" if kind == "checkbox" else ""))
        elif tag == "textarea" and name:
            self.text = name
            self.fields.setdefault(name, []).append("")
        elif tag == "select" and name:
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.fields.setdefault(self.select, []).append(given.get("value", ""))

    def handle_data(self, data):
        if self.text:
            self.fields[self.text][-1] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.text:
            # The first line break after the tag is no part of the text; browsers send lines separated by CRLF.
            text = self.fields[self.text][-1].removeprefix("\r").removeprefix("\n")
            self.fields[self.text][-1] = text.replace("\r\n", "\n").replace("\n", "\r\n")
            self.text = None
        elif tag == "select":
            self.select = None


def form_fields(page) -> dict[str, list[str]]:
    """Name → values, of an answer of the test client or of its text."""
    reader = _Fields()
    reader.feed(page if isinstance(page, str) else page.content.decode())
    return {name: values for name, values in reader.fields.items() if name not in ("action", "select_across")}
