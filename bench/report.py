"""Prints what was measured, and says whether it holds."""

MOST_OF_BARE = 2.5
MOST_OF_PARSING = 3.0
MOST_OF_SQL = 2.0
MOST_MEMORY = 1.5
MOST_OF_SEARCHING = 3.0
# A page is flat when a hundred times the tenants add less than half to its time.
MOST_GROWTH = 1.5


def page_table(sizes: dict[int, dict]) -> bool:
    """One line per page and size, then how each page grew. True where every page holds."""
    for size, found in sizes.items():
        print(f"{size:,} tenants made in {found['seconds']:.0f} s with at most {found['megabytes']} MB")
    print(f"\n{'Page':<44}{'tenants':>9}{'queries':>9}{'ms':>9}{'bare ms':>9}{'ratio':>7}")
    holds = True
    few, many = sizes.values()
    for name in few["pages"]:
        for size, found in sizes.items():
            page = found["pages"][name]
            ratio = page["ms"] / page["bare_ms"]
            holds = holds and ratio <= MOST_OF_BARE
            print(
                f"{name:<44}{size:>9,}{page['queries']:>9}{page['ms']:>9.1f}{page['bare_ms']:>9.1f}"
                f"{ratio:>7.2f}  {_verdict(ratio <= MOST_OF_BARE, f'at most {MOST_OF_BARE}')}"
            )
        before, after = few["pages"][name], many["pages"][name]
        growth = (after["ms"] / after["bare_ms"]) / (before["ms"] / before["bare_ms"])
        is_flat = growth <= MOST_GROWTH and after["queries"] == before["queries"]
        holds = holds and is_flat
        print(f"{'':<44}{'grows by':>18}{growth:>9.2f}{'':>16}  {_verdict(is_flat, f'flat is at most {MOST_GROWTH}')}")
    return holds


def note_table(found: dict) -> bool:
    """One line per search; words in very many notes are shown and not held to the limit."""
    print(f"{found['notes']:,} notes made in {found['seconds']:.0f} s")
    print(f"\n{'Search':<44}{'queries':>9}{'ms':>9}{'bare ms':>9}{'ratio':>7}")
    holds = True
    for name, search in found["searches"].items():
        ratio = search["ms"] / search["bare_ms"]
        is_within = ratio <= MOST_OF_SEARCHING
        holds = holds and (is_within or not search["held"])
        said = _verdict(is_within, f"at most {MOST_OF_SEARCHING:.0f}") if search["held"] else "not held to it"
        print(f"{name:<44}{search['queries']:>9}{search['ms']:>9.1f}{search['bare_ms']:>9.1f}{ratio:>7.2f}  {said}")
    return holds


def import_table(found: dict) -> bool:
    ratio = found["import_ms"] / found["parse_ms"]
    holds = ratio <= MOST_OF_PARSING
    print(
        f"{found['pages']} pages, {found['lines']:,} lines: import {found['import_ms']:,.0f} ms, parsing their "
        f"Markdown alone {found['parse_ms']:,.0f} ms, ratio {ratio:.2f}  "
        f"{_verdict(holds, f'at most {MOST_OF_PARSING}')}"
    )
    return holds


def sweep_table(sizes: list[dict]) -> bool:
    """One line per size and state of the ledger; then whether memory grew with the rows."""
    holds = True
    print(f"{'Planning':<62}{'statements':>11}{'ms':>9}{'bare ms':>9}{'ratio':>7}")
    for found in sizes:
        at = f"{found['series']:,} series, {found['engagements']:,} engagements"
        for name, what in (("first", f"{found['planned']:,} new"), ("again", "nothing new")):
            ours, bare = found[f"{name}_ms"], found[f"{name}_bare_ms"]
            holds = holds and ours / bare <= MOST_OF_SQL
            print(
                f"{f'{at}, {what}':<62}{found['statements']:>11}{ours:>9.1f}{bare:>9.1f}{ours / bare:>7.2f}  "
                f"{_verdict(ours / bare <= MOST_OF_SQL, f'at most {MOST_OF_SQL}')}"
            )
    few, many = (found["kilobytes"] for found in sizes)
    is_flat = many <= few * MOST_MEMORY
    print(
        f"Memory that planning takes: {few:,} kB, then {many:,} kB  {_verdict(is_flat, f'at most {MOST_MEMORY} times')}"
    )
    return holds and is_flat


def _verdict(holds: bool, most: str) -> str:
    return "ok" if holds else f"TOO MUCH ({most})"
