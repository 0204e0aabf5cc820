"""One Spark session per process, set so that it answers as the embedded engine does."""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from yuheng.errors import LakeError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Meaning: errors instead of NULL and wrap-around, as DuckDB; TIMESTAMP without zone; one calendar.
_ANSWERS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
# Speed: small results become one piece; no plan text is kept; nothing listens.
_SPEED = {
    # inferring filters from filters takes minutes where 81 columns stand on one another, and finds nothing here
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.maxPlanStringLength": "2000",
    "spark.sql.debug.maxToStringFields": "20",
}
_LOCAL_ONLY = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.maxResultSize": "0",
    "spark.sql.catalogImplementation": "in-memory",
}
_running: dict[str, tuple[SparkSession, Path]] = {}
"""Master -> the process's session and the folder it was started in."""


def new_session(master: str, *, memory: str, spill: Path | None) -> SparkSession:
    """A session with names of its own on the process's Spark; the first call starts it.

    `memory` is the heap of a local Spark. Raises LakeError when pyspark or Java is missing or Spark does not start.
    """
    base = _base(master, memory, spill)
    session = base.newSession()
    for key, value in (_ANSWERS | _SPEED | _partitions(master)).items():
        session.conf.set(key, value)
    return session


def _base(master: str, memory: str, spill: Path | None) -> SparkSession:
    found = _running.get(master)
    if found is not None and _alive(*found):
        return found[0]
    for session, _ in _running.values():
        session.stop()
    _running.clear()
    folder = spill if spill is not None else Path(tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    _running[master] = (_started(master, memory, folder), folder)
    return _running[master][0]


def _alive(session: SparkSession, folder: Path) -> bool:
    """False after somebody stopped it, or deleted the folder of its shuffle files."""
    return session.sparkContext._jsc is not None and folder.is_dir()


def _started(master: str, memory: str, folder: Path) -> SparkSession:
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise LakeError("pyspark is not installed", todo="Install it: pip install 'yuheng[spark]'.") from error
    _require_java()
    builder = SparkSession.builder.master(master).appName("yuheng")
    settings = {**_ANSWERS, **_SPEED, "spark.sql.warehouse.dir": str(folder / "spark-warehouse")}
    if _is_local(master):
        settings |= {**_LOCAL_ONLY, "spark.driver.memory": _heap(memory), "spark.local.dir": str(folder)}
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, OSError) as error:
        raise LakeError(
            f"Spark does not start at {master}: {error}",
            todo="Check the address of Spark and the version of Java (17).",
        ) from error
    if _is_local(master):
        # What fails is raised; stack traces on the terminal help nobody.
        session.sparkContext.setLogLevel("OFF")
        for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
            logging.getLogger(name).disabled = True
    return session


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and (Path(home) / "bin" / "java").exists()):
        raise LakeError(
            "Spark needs Java 17, and no `java` was found",
            todo="Install it (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME.",
        )


def _is_local(master: str) -> bool:
    return master.startswith("local")


def _heap(memory: str) -> str:
    """'6GB' as Java writes it."""
    found = re.fullmatch(r"\s*(\d+)\s*([kmgt])i?b?\s*", memory.lower())
    if found is None:
        raise LakeError(f"memory {memory!r} is not an amount such as 6GB")
    return f"{found[1]}{found[2]}"


def _partitions(master: str) -> dict[str, str]:
    """A local Spark needs few pieces per shuffle; a cluster keeps its own setting."""
    if not _is_local(master):
        return {}
    found = re.search(r"\[(\d+)", master)
    cores = int(found[1]) if found else (os.cpu_count() or 1)
    return {"spark.sql.shuffle.partitions": str(max(4 * cores, 4))}


@contextmanager
def failing(doing: str, sql: str) -> Iterator[None]:
    """Turns Spark's errors inside the block into a LakeError that says what was being done with which SQL."""
    from pyspark.errors import PySparkException

    java: type[Exception] = import_module("py4j.protocol").Py4JError
    try:
        yield
    except (PySparkException, java, OSError) as error:
        shown = sql if len(sql) <= 400 else f"{sql[:400]} …"
        what = "\n".join(str(error).splitlines()[:3])
        raise LakeError(
            f"{doing} failed: {what}\nSQL: {shown}", todo="See the message above for what to change."
        ) from error
