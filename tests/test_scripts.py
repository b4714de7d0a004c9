"""The scripts of the pages, as far as they can be held to something without a browser."""

import re
from collections import Counter

from tests.processes import ROOT


def test_no_script_answers_the_same_click_twice():
    """As printing did, which opened the dialogue twice."""
    found = Counter()
    for path in (ROOT / "static" / "js").glob("*.js"):
        for line in path.read_text().splitlines():
            # What a line does by itself; ``const row = …closest(…)`` only looks something up.
            if re.match(r"\s*if \(event\.target\.closest\(", line):
                found[line.strip()] += 1
    assert found
    assert [line for line, number in found.items() if number > 1] == []
