"""Runs `reference_rate.sql`, the hand-tuned script, on a lake: `python bench/reference_rate.py SPEC OUT`.

Only DuckDB and pyarrow are used, besides the compiled graph code; the weights and knots of the models come from a JSON
file that `bench_rate.py` writes, so that the script itself needs nothing of the program's machinery.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

DAY = "date '2026-10-31'"


def statements(spec: dict[str, object], target: Path) -> Iterator[str]:
    """The script's statements with paths, models and the day put in."""
    text = (Path(__file__).parent / "reference_rate.sql").read_text(encoding="utf-8")
    files, numbers = spec["files"], spec["numbers"]
    assert isinstance(files, dict)
    assert isinstance(numbers, dict)

    def table(match: re.Match[str]) -> str:
        listed = ", ".join(f"'{path}'" for path in files[match[1]])
        known = f"known_from <= {DAY} and known_to > {DAY} and op = 'upsert' and event_date <= {DAY}"
        return f"(select * from read_parquet([{listed}], hive_partitioning = false) where {known})"

    text = re.sub(r"^-- (?!clusters).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"@(\w+)", table, text)
    text = re.sub(r"\{([a-z_.0-9]+)\}", lambda m: str(numbers[m[1]]), text)
    text = text.replace(":values", str(target / "values.parquet"))
    text = re.sub(r":grades_(\w+)", lambda m: str(target / f"grades_{m[1]}.parquet"), text)
    text = text.replace(":D", DAY).replace("-- clusters", "clusters;")
    yield from (part.strip() for part in text.split(";\n") if part.strip())


def main() -> None:
    """Command line: specification, target folder."""
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    target = Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": "6GB", "block_allocator_memory": "6GB", "threads": 2,
        "temp_directory": str(target / "spill"),
    }  # fmt: skip
    con = duckdb.connect(config=config)
    for name, path in spec["codes"].items():
        con.execute(f"create temp table {name} as select * from '{path}'")
    for sql in statements(spec, target):
        started = time.perf_counter()
        if sql == "clusters":
            clusters(con)
        else:
            con.execute(sql)
        if len(sys.argv) > 3:
            print(f"{time.perf_counter() - started:8.2f} s  {sql[:70]!r}", flush=True)
    con.close()


def clusters(con: duckdb.DuckDBPyConnection) -> None:
    """Table cluster from table edge."""
    from yuheng.library import graph

    edges = con.sql("select * from edge").to_arrow_table()
    con.register("cluster", graph.clusters(edges, {"damping": 0.85, "rounds": 12, "max_size": 300}))


if __name__ == "__main__":
    main()
