"""Problems of a file, by the path of keys and indexes that leads to their place, written as `file:line: field: sentence`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import yaml

from mockmarket.errors import Invalid

Where = tuple[str | int, ...]
"""A path of keys and indexes into a file's content."""
Part = tuple[yaml.Mark, yaml.Node]
"""Where a part of a file begins, its key included, and its YAML node."""
Problem = tuple[Where, str]
"""A problem: the path that leads to its place, and a sentence."""
Place = tuple[int, str, int]
"""A line: the number of its file among those of a fixture, the file's name, and its number from 1."""
MOST_PROBLEMS = 100


class Outline:
    """A file's YAML nodes with their line numbers, None for an empty file; each mapping is indexed at its first use."""

    def __init__(self, name: str, root: yaml.Node | None) -> None:
        self.name = name
        self.root = root
        self._members: dict[int, Mapping[str, Part]] = {}

    def line_of(self, where: Where) -> int:
        """Return the line, from 1, of the value at a path (the last of repeated ones), or of its nearest existing parent."""
        return self.reach(where)[1]

    def place_of(self, where: Where) -> Place:
        """Return the place of the value at a path."""
        return 0, self.name, self.line_of(where)

    def reach(self, where: Where) -> tuple[int, int]:
        """Return how many steps of a path exist, and the line of the last of them."""
        node, mark, steps = self.root, getattr(self.root, "start_mark", None), 0
        for step in where:
            inner = self.child(node, step)
            if inner is None:
                break
            mark, node = inner
            steps += 1
        return steps, int(mark.line) + 1 if mark else 1

    def child(self, node: yaml.Node | None, step: str | int) -> Part | None:
        """Return a part of one of the file's nodes; None when it does not exist."""
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
            return node.value[step].start_mark, node.value[step]
        if isinstance(node, yaml.MappingNode):
            if id(node) not in self._members:
                self._members[id(node)] = {str(key.value): (key.start_mark, value) for key, value in node.value}
            return self._members[id(node)].get(str(step))
        return None


class Located(Protocol):
    """What knows the place of each value: a file's outline, or those of several."""

    @property
    def name(self) -> str:
        """The name of the file, or of the first."""

    def place_of(self, where: Where) -> Place:
        """Return the place of the value at a path."""


class Merged:
    """The outlines of several files, whose lists follow each other: `offsets` are the numbers of elements before a file's own, by path."""

    def __init__(self) -> None:
        self._parts: list[tuple[Outline, dict[Where, int]]] = []
        self.problems: list[Problem] = []

    @property
    def name(self) -> str:
        """The name of the first file."""
        return self._parts[0][0].name

    def place_of(self, where: Where) -> Place:
        """Return the place of the value at a path, in the file that leads furthest along it."""
        return self._place(where, self._parts)

    def _place(self, where: Where, parts: Sequence[tuple[Outline, Mapping[Where, int]]]) -> Place:
        reached = [outline.reach(_within(where, offsets)) for outline, offsets in parts]
        number = max(range(len(reached)), key=lambda each: (reached[each][0], each))
        return number, parts[number][0].name, reached[number][1]

    def add(self, outline: Outline, content: Mapping[str, Any], merged: dict[str, Any]) -> None:
        """Add a file's content to that of the files before it; notes what more than one has."""
        self._parts.append((outline, {}))
        self._join(content, merged, ())

    def _join(self, addition: Mapping[str, Any], merged: dict[str, Any], where: Where) -> None:
        for name, value in addition.items():
            before, path = merged.get(name), (*where, name)
            if name not in merged:
                merged[name] = {} if isinstance(value, dict) else value
            if isinstance(value, dict) and isinstance(merged[name], dict):
                self._join(value, merged[name], path)
            elif isinstance(before, list) and isinstance(value, list):
                self._parts[-1][1][path] = len(before)
                merged[name] = before + value
            elif before is not None:
                _, file, line = self._place(path, self._parts[:-1])
                self.problems.append((path, f"{file}:{line} has it too: only lists and mappings are put together."))


def _within(where: Where, offsets: Mapping[Where, int]) -> Where:
    """Return a path as it is within a file that has `offsets`."""
    return tuple(
        step - offsets.get(where[:depth], 0) if isinstance(step, int) else step for depth, step in enumerate(where)
    )


def below(where: Where, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Return the problems of the value at a path as problems of the file."""
    return (((*where, *inner), words) for inner, words in problems)


def refused(located: Located, problems: Iterable[Problem]) -> Invalid:
    """Return the refusal of a fixture or a scenario: the first MOST_PROBLEMS as `file:line: field: sentence`, in the order of the lines,
    and how many more there are."""
    entries = sorted({(located.place_of(where), dotted(where), words) for where, words in problems})
    first: Sequence[tuple[Place, str, str]] = entries[:MOST_PROBLEMS]
    written = [f"{file}:{line}: {field}: {words}" for (_, file, line), field, words in first]
    if len(entries) > len(first):
        written.append(f"{located.name}: There are {len(entries) - len(first):,} more problems.")
    rows = [{"file": file, "line": line, "field": field, "message": words} for (_, file, line), field, words in first]
    return Invalid("\n".join(written), details=[(field, words) for _, field, words in first], problems=rows)


def dotted(where: Where) -> str:
    """Return a path as `stock[12].price`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where).lstrip(".")
