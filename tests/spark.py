"""Spark for tests: one process-wide Spark, started without the costs that only pay for large data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from yuheng.lake import Engine, connect
from yuheng.lake.spark_session import new_session
from yuheng.sql import Macro

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MASTER = "local[2]"
_CHEAP = (
    "--conf spark.sql.codegen.wholeStage=false --conf spark.sql.codegen.factoryMode=NO_CODEGEN "
    "--conf spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1\\ -XX:+UseSerialGC pyspark-shell"
)


def spark_session(spill: Path) -> SparkSession:
    """A bare session on the same Spark."""
    pytest.importorskip("pyspark")
    os.environ.setdefault("PYSPARK_SUBMIT_ARGS", _CHEAP)
    return new_session(MASTER, memory="2GB", spill=spill)


def spark_engine(macros: Mapping[str, Macro], spill: Path) -> Engine:
    """An engine on two threads; the test is skipped where pyspark is not installed."""
    pytest.importorskip("pyspark")
    os.environ.setdefault("PYSPARK_SUBMIT_ARGS", _CHEAP)
    return connect(engine="spark", macros=macros, master=MASTER, memory="2GB", spill=spill)
