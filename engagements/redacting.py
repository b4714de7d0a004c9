"""Finding a person in texts, and taking the name out (DESIGN §5). Pure.

A full name, an e-mail address or a phone number is the person; a first or last name alone may be somebody else's, so
it is only proposed to be taken out.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

INSTEAD = "[erased contact]"
SHORTEST_PART = 3
FEWEST_DIGITS = 6


@dataclass(frozen=True)
class Person:
    """By what a person is found."""

    name: str
    email: str = ""
    phone: str = ""

    @cached_property
    def _in_full(self) -> re.Pattern:
        words = [re.escape(word) for word in self.name.split()]
        ways = []
        if len(words) > 1:  # one word alone may be anybody's, or no name at all
            ways.append(r"\s+".join(words))
            ways.append(rf"{words[-1]},?\s+" + r"\s+".join(words[:-1]))
        if self.email:
            ways.append(re.escape(self.email))
        digits = re.sub(r"\D", "", self.phone)
        if len(digits) >= FEWEST_DIGITS:
            ways.append(r"\+?" + r"[\s()./-]*".join(digits))
        return re.compile(rf"(?<!\w)(?:{'|'.join(ways or ['(?!)'])})(?!\w)", re.IGNORECASE)

    @cached_property
    def _in_part(self) -> re.Pattern | None:
        words = [re.escape(word) for word in self.name.split() if len(word) >= SHORTEST_PART]
        return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if words else None

    def is_in(self, text: str) -> bool:
        """Whether a text names the person beyond doubt."""
        return bool(self._in_full.search(text))

    def may_be_in(self, text: str) -> bool:
        """The same, or by a first or last name alone."""
        return self.is_in(text) or bool(self._in_part and self._in_part.search(text))

    def taken_out(self, value: Any) -> Any:
        """A text without the person; lists and mappings of texts too. What else there is stays."""
        if isinstance(value, str):
            return self._in_full.sub(INSTEAD, value)
        if isinstance(value, list):
            return [self.taken_out(one) for one in value]
        if isinstance(value, dict):
            return {name: self.taken_out(one) for name, one in value.items()}
        return value

    def proposed(self, text: str) -> str:
        """A text without the person, and without first and last names that may be theirs."""
        text = self.taken_out(text)
        return self._in_part.sub(INSTEAD, text) if self._in_part else text
