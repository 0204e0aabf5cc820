"""Small worlds for the tests of the simulator."""

from __future__ import annotations

import shutil
from datetime import date
from functools import cache
from pathlib import Path

from yuheng.simulate.block import Block
from yuheng.simulate.clock import Clock
from yuheng.simulate.dirt import Rows
from yuheng.simulate.params import HOME, Params
from yuheng.simulate.province import block_of

END = date(2025, 10, 31)


@cache
def registered_block(enterprises: int = 12_000, seed: int = 3, others: float = 0.3) -> tuple[Block, dict[str, Rows]]:
    """A block and the rows of the registry feeds."""
    params = Params()
    return block_of(params, Clock(params, END, 24), seed, 2, enterprises, others=others)


def small_blocks(folder: Path, size: int) -> Path:
    """A copy of the parameters with blocks of `size` enterprises."""
    home = folder / f"parameters-{size}"
    shutil.copytree(HOME, home)
    path = home / "province.yaml"
    text = path.read_text(encoding="utf-8")
    assert "block: 50000" in text
    path.write_text(text.replace("block: 50000", f"block: {size}"), encoding="utf-8")
    return home


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
