"""The lake: a folder of layers, each a folder of tables."""

from __future__ import annotations

from pathlib import Path

from yuheng.lake.table import LakeTable


class Lake:
    """All tables under one root: `<root>/<layer>/<name>`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._tables: dict[tuple[str, str], LakeTable] = {}

    def table(self, layer: str, name: str) -> LakeTable:
        """The table, whether or not it exists yet."""
        table = self._tables.get((layer, name))
        if table is None:
            table = self._tables[layer, name] = LakeTable(self.root / layer / name, layer=layer, name=name)
        return table

    def tables(self) -> list[tuple[str, str]]:
        """(layer, name) of every table that exists, sorted."""
        logs = self.root.glob("*/*/_delta_log")
        return sorted((log.parent.parent.name, log.parent.name) for log in logs)
