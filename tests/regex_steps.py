"""How many steps a regular expression takes on a text, counted and so the same on every machine.

Python's own engine says nothing of its work, and seconds differ from run to run. This one backtracks as that one does,
over the same parsed pattern, and counts every instruction and every character that it looks at.
"""

import re
from re import _constants as op
from re import _parser as parser
from typing import Any

END = parser.MAXREPEAT
UNROLLED = 60  # a bounded repetition of groups beyond this is counted as unbounded, which is never less work
FEW = 1 << 30

CATEGORIES = {
    op.CATEGORY_DIGIT: re.compile(r"\d"),
    op.CATEGORY_NOT_DIGIT: re.compile(r"\D"),
    op.CATEGORY_SPACE: re.compile(r"\s"),
    op.CATEGORY_NOT_SPACE: re.compile(r"\S"),
    op.CATEGORY_WORD: re.compile(r"\w"),
    op.CATEGORY_NOT_WORD: re.compile(r"\W"),
}
WORD = re.compile(r"\w")


class TooManySteps(Exception):
    """The pattern needs more steps on this text than the caller allows."""


class One:
    """A set of characters, from one node of a parsed pattern."""

    def __init__(self, node: tuple, flags: int):
        self.node, self.flags, self.seen = node, flags, {}

    def __call__(self, char: str) -> bool:
        if char not in self.seen:
            self.seen[char] = self._holds(char)
        return self.seen[char]

    def _holds(self, char: str) -> bool:
        kind, value = self.node
        if kind is op.ANY:
            return char != "\n" or bool(self.flags & re.DOTALL)
        cases = {char, char.lower(), char.upper()} if self.flags & re.IGNORECASE else {char}
        cases = {one for one in cases if len(one) == 1}
        if kind is op.LITERAL:
            return any(ord(one) == value or self._folded(one, value) for one in cases)
        if kind is op.NOT_LITERAL:
            return all(ord(one) != value and not self._folded(one, value) for one in cases)
        found = any(self._is_in(one, item) for one in cases for item in value if item[0] is not op.NEGATE)
        return found is not (value[0][0] is op.NEGATE)

    def _folded(self, char: str, value: int) -> bool:
        return bool(self.flags & re.IGNORECASE) and char.lower() == chr(value).lower()

    def _is_in(self, char: str, item: tuple) -> bool:
        kind, value = item
        if kind is op.LITERAL:
            return ord(char) == value or self._folded(char, value)
        if kind is op.RANGE:
            return value[0] <= ord(char) <= value[1]
        return bool(CATEGORIES[value].match(char))


class Steps:
    """A compiled pattern; ``count`` says what it costs to find every match in a text."""

    def __init__(self, pattern: str, flags: int = 0, *, anchored: bool = False):
        """``anchored`` patterns are only asked whether a text begins with them, as ``match`` and ``fullmatch`` do."""
        self.anchored = anchored
        self.tree = parser.parse(pattern, flags)
        self.flags = self.tree.state.flags
        self.program: list[tuple] = []
        self._sequence(self.tree, self.flags)
        self._add("match")

    def count(self, text: str, limit: int = FEW) -> int:
        """The steps of ``findall``; raises TooManySteps beyond ``limit``."""
        self.steps, self.limit = 0, limit
        at = 0
        while at <= len(text):
            end = self._run(0, text, at)
            if self.anchored:
                break
            at = at + 1 if end is None or end == at else end
        return self.steps

    def matches(self, text: str) -> list[tuple[int, int]]:
        """Where it matches, for comparing with Python's own engine."""
        self.steps, self.limit = 0, FEW
        found, at, last = [], 0, -1
        while at <= len(text):
            end = self._run(0, text, at, forbidden=last)
            if end is None:
                at += 1
                continue
            found.append((at, end))
            last = end if end != at else -1
            at = end if end != at else at + 1
        return found

    # The program ------------------------------------------------------------------------------------------

    def _add(self, *instruction: Any) -> int:
        self.program.append(instruction)
        return len(self.program) - 1

    def _patch(self, at: int, *instruction: Any) -> None:
        self.program[at] = instruction

    def _sequence(self, nodes: Any, flags: int) -> None:
        for node in nodes:
            self._node(node, flags)

    def _node(self, node: tuple, flags: int) -> None:
        kind, value = node
        if kind in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            self._add("one", One(node, flags))
        elif kind is op.AT:
            self._add("at", value, flags)
        elif kind is op.SUBPATTERN:
            group, on, off, inner = value
            flags = (flags | on) & ~off
            if group is not None:
                self._add("save", group * 2)
            self._sequence(inner, flags)
            if group is not None:
                self._add("save", group * 2 + 1)
        elif kind is op.BRANCH:
            self._branch(value[1], flags)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            self._repeat(*value, flags, is_lazy=kind is op.MIN_REPEAT)
        elif kind in (op.ATOMIC_GROUP, op.POSSESSIVE_REPEAT):
            start = self._add("atomic", None)
            if kind is op.ATOMIC_GROUP:
                self._sequence(value, flags)
            else:
                self._repeat(*value, flags, is_lazy=False)
            self._add("match")
            self._patch(start, "atomic", len(self.program))
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            direction, inner = value
            width = inner.getwidth()[1] if direction < 0 else 0
            start = self._add("look", None)
            self._sequence(inner, flags)
            self._add("match")
            self._patch(start, "look", len(self.program), kind is op.ASSERT, width)
        elif kind is op.GROUPREF:
            self._add("again", value)
        elif kind is op.FAILURE:
            self._add("fail")
        else:
            raise NotImplementedError(kind)

    def _branch(self, ways: list, flags: int) -> None:
        ends = []
        for way in ways[:-1]:
            split = self._add("split")
            self._sequence(way, flags)
            ends.append(self._add("jump"))
            self._patch(split, "split", split + 1, len(self.program))
        self._sequence(ways[-1], flags)
        for end in ends:
            self._patch(end, "jump", len(self.program))

    def _repeat(self, least: int, most: int, inner: Any, flags: int, *, is_lazy: bool) -> None:
        nodes = list(inner)
        if len(nodes) == 1 and nodes[0][0] in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            self._add("lazy" if is_lazy else "many", One(nodes[0], flags), least, FEW if most is END else most)
            return
        for _ in range(least):
            self._sequence(nodes, flags)
        if most is END or most - least > UNROLLED:
            split = self._add("split")
            self._add("mark", split)
            self._sequence(nodes, flags)
            self._add("moved", split)
            self._add("jump", split)
            ways = (split + 1, len(self.program))
            self._patch(split, "split", *(reversed(ways) if is_lazy else ways))
            return
        splits = []
        for _ in range(most - least):
            splits.append(self._add("split"))
            self._sequence(nodes, flags)
        for split in splits:
            ways = (split + 1, len(self.program))
            self._patch(split, "split", *(reversed(ways) if is_lazy else ways))

    # Running it -------------------------------------------------------------------------------------------

    def _run(self, start: int, text: str, at: int, groups: dict | None = None, forbidden: int = -1) -> int | None:
        """Where the first match from here ends; None where there is none."""
        stack: list[tuple] = [(start, at, groups or {})]
        program, size = self.program, len(text)
        while stack:
            pc, at, groups = stack.pop()
            while True:
                self.steps += 1
                if self.steps > self.limit:
                    raise TooManySteps
                instruction = program[pc]
                name = instruction[0]
                if name == "one":
                    if at >= size or not instruction[1](text[at]):
                        break
                    at, pc = at + 1, pc + 1
                elif name == "many":
                    _, holds, least, most = instruction
                    end = at
                    while end < size and end - at < most and holds(text[end]):
                        end += 1
                    self.steps += end - at
                    if end - at < least:
                        break
                    if end > at + least:
                        stack.append(("less", (pc + 1, at + least, end - 1), groups))
                    at, pc = end, pc + 1
                elif name == "lazy":
                    _, holds, least, most = instruction
                    end = at
                    while end < size and end - at < least and holds(text[end]):
                        end += 1
                    self.steps += end - at
                    if end - at < least:
                        break
                    if end < size and most > least and holds(text[end]):
                        stack.append(("more", (pc, end + 1, at + most), groups))
                    at, pc = end, pc + 1
                elif name == "split":
                    stack.append((instruction[2], at, groups))
                    pc = instruction[1]
                elif name == "jump":
                    pc = instruction[1]
                elif name == "save":
                    groups, pc = groups | {instruction[1]: at}, pc + 1
                elif name == "mark":
                    groups, pc = groups | {("mark", instruction[1]): at}, pc + 1
                elif name == "moved":
                    if groups[("mark", instruction[1])] == at:
                        break
                    pc += 1
                elif name == "at":
                    if not self._is_at(instruction[1], instruction[2], text, at):
                        break
                    pc += 1
                elif name == "atomic":
                    end = self._run(pc + 1, text, at, groups)
                    if end is None:
                        break
                    at, pc = end, instruction[1]
                elif name == "look":
                    _, after, wanted, width = instruction
                    found = at >= width and self._run(pc + 1, text, at - width, groups) is not None
                    if found is not wanted:
                        break
                    pc = after
                elif name == "again":
                    said = text[groups.get(instruction[1] * 2, 0) : groups.get(instruction[1] * 2 + 1, 0)]
                    self.steps += len(said)
                    if instruction[1] * 2 + 1 not in groups or not text.startswith(said, at):
                        break
                    at, pc = at + len(said), pc + 1
                elif name == "fail":
                    break
                else:
                    return at
            # One character less or more of a repetition that was left open.
            while stack and isinstance(stack[-1][0], str):
                kind, (pc, first, last), groups = stack.pop()
                self.steps += 1
                if kind == "less":
                    if last > first:
                        stack.append(("less", (pc, first, last - 1), groups))
                    stack.append((pc, last, groups))
                else:
                    holds = program[pc][1]
                    if first < min(size, last) and holds(text[first]):
                        stack.append(("more", (pc, first + 1, last), groups))
                    stack.append((pc + 1, first, groups))
        return None

    def _is_at(self, where: Any, flags: int, text: str, at: int) -> bool:
        before, here = text[at - 1 : at] if at else "", text[at : at + 1]
        if where is op.AT_BEGINNING:
            return at == 0 or bool(flags & re.MULTILINE and before == "\n")
        if where is op.AT_BEGINNING_STRING:
            return at == 0
        if where is op.AT_END:
            is_last = at == len(text) or (at == len(text) - 1 and here == "\n")
            return is_last or bool(flags & re.MULTILINE and here == "\n")
        if where is op.AT_END_STRING:
            return at == len(text)
        is_edge = bool(WORD.match(before)) != bool(WORD.match(here))
        return is_edge if where is op.AT_BOUNDARY else not is_edge


# Texts that hurt ------------------------------------------------------------------------------------------


def pumps(pattern: str, flags: int = 0) -> list[tuple[str, str, str]]:
    """(before, repeated, after): for each repetition in a pattern, texts that feed it and then disappoint it.

    They are made from the pattern: what stands before the repetition, what it repeats, and what nothing expects.
    """
    found: dict[tuple[str, str, str], None] = {}
    tree = parser.parse(pattern, flags)
    whole = _sample(tree)
    for before, repeated in _repetitions(tree, ""):
        for after in ("", "\x01", " \x01"):
            found[(before, repeated, after)] = None
            found[("", before + repeated, after)] = None
    if whole:
        found[("", whole, "\x01")] = None
        found[("", whole[:-1] or whole, "\x01")] = None
        found[("", whole[:-1] + " ", "\x01")] = None
    return list(found)


def _repetitions(nodes: Any, before: str) -> list[tuple[str, str]]:
    """Every repetition below these nodes, each with one text that leads to it."""
    found = []
    for kind, value in nodes:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            most, inner = value[1], value[2]
            if most is END or most > 9:
                if len(inner) == 1 and inner[0][0] in (op.IN, op.ANY, op.NOT_LITERAL):
                    found += [(before, char) for char in _chars(inner[0])]
                else:
                    found.append((before, _sample(inner)))
            found += _repetitions(inner, before)
        elif kind is op.SUBPATTERN:
            found += _repetitions(value[3], before)
        elif kind is op.ATOMIC_GROUP:
            found += _repetitions(value, before)
        elif kind is op.BRANCH:
            for way in value[1]:
                found += _repetitions(way, before)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            found += _repetitions(value[1], before)
        before += _sample([(kind, value)])
    return [(start, pump) for start, pump in found if pump]


def _sample(nodes: Any) -> str:
    """A short text that the nodes would match, as far as one can tell without trying."""
    said = ""
    for kind, value in nodes:
        if kind in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            said += _chars((kind, value))[0]
        elif kind is op.SUBPATTERN:
            said += _sample(value[3])
        elif kind is op.ATOMIC_GROUP:
            said += _sample(value)
        elif kind is op.BRANCH:
            said += _sample(value[1][0])
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            said += _sample(value[2]) * min(max(value[0], 1), 5)
    return said


TRIED = 'a1 -_.:/@#*[("\t\n|\\<>!{~,'


def _chars(node: tuple) -> list[str]:
    """Some characters that a node matches; at least one."""
    kind, value = node
    if kind is op.LITERAL:
        return [chr(value)]
    holds = One(node, 0)
    found = [char for char in TRIED if holds(char)]
    if kind is op.IN:
        found += [chr(v) for k, v in value if k is op.LITERAL and holds(chr(v))][:6]
        found += [chr(v[0]) for k, v in value if k is op.RANGE and holds(chr(v[0]))][:2]
    return list(dict.fromkeys(found))[:6] or ["a"]
