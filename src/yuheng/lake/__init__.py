"""Versioned tables on disk and the engines that run SQL on them; one Delta commit makes an engine's files visible."""

from yuheng.lake.duck import DuckEngine
from yuheng.lake.engine import Engine, EngineName, connect
from yuheng.lake.lake import Lake
from yuheng.lake.table import LakeTable, Lease

__all__ = ["DuckEngine", "Engine", "EngineName", "Lake", "LakeTable", "Lease", "connect"]
