"""The parameters of the synthetic province, read from content/simulate: no figure of the domain stands in code."""

from __future__ import annotations

import csv
from functools import cached_property
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from yuheng.errors import ContentError

HOME = Path(__file__).parent.parent / "content" / "simulate"

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Array = NDArray[np.generic]


class Tree:
    """A YAML file by paths: `number`, `numbers`, `lists`, `text`, `texts`, `names`, `rules`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _tree(self) -> dict[str, object]:
        return _mapping(self._path)

    def _at(self, *path: str) -> object:
        node: object = self._tree
        for name in path:
            if not isinstance(node, dict) or name not in node:
                raise ContentError(f"the parameter {'.'.join(path)} is missing", path=self._path)
            node = node[name]
        return node

    def number(self, *path: str) -> float:
        """One figure."""
        value = self._at(*path)
        if isinstance(value, (int, float)):
            return float(value)
        raise ContentError(f"the parameter {'.'.join(path)} must be a number", path=self._path)

    def integer(self, *path: str) -> int:
        """One whole figure."""
        return int(self.number(*path))

    def numbers(self, *path: str) -> Floats:
        """A list of figures."""
        value = self._at(*path)
        if isinstance(value, list) and all(isinstance(x, (int, float)) for x in value):
            return np.asarray(value, dtype=np.float64)
        raise ContentError(f"the parameter {'.'.join(path)} must be a list of numbers", path=self._path)

    def lists(self, *path: str) -> list[list[object]]:
        """A list of lists, of figures or texts."""
        value = self._at(*path)
        if isinstance(value, list) and all(isinstance(x, list) for x in value):
            return value
        raise ContentError(f"the parameter {'.'.join(path)} must be a list of lists", path=self._path)

    def text(self, *path: str) -> str:
        """One text."""
        return str(self._at(*path))

    def texts(self, *path: str) -> list[str]:
        """A list of texts; one text is a list of one."""
        value = self._at(*path)
        return [str(x) for x in value] if isinstance(value, list) else [str(value)]

    def names(self, *path: str) -> list[str]:
        """The keys under a path; none where it holds no mapping."""
        value = self._at(*path)
        return [str(x) for x in value] if isinstance(value, dict) else []

    def rules(self, *path: str) -> list[dict[str, str]]:
        """A list of mappings of texts."""
        value = self._at(*path)
        return [{str(k): str(v) for k, v in x.items()} for x in value] if isinstance(value, list) else []


class Params(Tree):
    """Figures of province.yaml, tables (`column`, `rows`), word lists (`words`) and the rules for a real register."""

    def __init__(self, home: Path = HOME) -> None:
        super().__init__(home / "province.yaml")
        self.home = home
        self.registry = Tree(home / "registry.yaml")
        self.safety = Tree(home / "safety.yaml")
        self._tables: dict[str, list[dict[str, str]]] = {}

    @cached_property
    def _words(self) -> dict[str, object]:
        lists: dict[str, object] = {}
        for path in sorted(self.home.glob("words*.yaml")):
            lists |= _mapping(path)
        return lists

    def words(self, name: str) -> list[str]:
        """A word list; one long text stands for its characters."""
        value = self._words.get(name)
        if isinstance(value, str):
            return list(value)
        if isinstance(value, list):
            return [str(x) for x in value]
        raise ContentError(f"the word list {name} is missing", path=self.home / "words.yaml")

    def word_lists(self) -> list[str]:
        """Names of all word lists."""
        return [name for name, value in self._words.items() if isinstance(value, (str, list))]

    def rows(self, table: str) -> list[dict[str, str]]:
        """A CSV table of content/simulate, row by row."""
        if table not in self._tables:
            with (self.home / f"{table}.csv").open(encoding="utf-8") as file:
                self._tables[table] = list(csv.DictReader(file))
        return self._tables[table]

    def column(self, table: str, name: str) -> list[str]:
        """A column of a CSV table as text."""
        return [row[name] for row in self.rows(table)]

    def figures(self, table: str, name: str) -> Floats:
        """A column of a CSV table as numbers; an empty cell is 0."""
        return np.asarray([float(row[name] or 0) for row in self.rows(table)])


def _mapping(path: Path) -> dict[str, object]:
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(tree, dict):
        raise ContentError("the file must be a mapping", path=path, line=1)
    return tree
