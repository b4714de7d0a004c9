"""A note as the words that are stored of it. Pure."""

from engagements.stemming import tokens

# Stands between the text and the next action, so that no phrase reaches from one into the other.
BETWEEN = "u0000"


def words_of(body: str, next_action: str = "", task: int | None = None) -> str:
    """Every word between two spaces: a part of the text is then found by comparing, too."""
    found = tokens(body)
    if next_action or task:
        found += [BETWEEN, *tokens(next_action), BETWEEN, *([str(task)] if task else [])]
    return f" {' '.join(found)} "
