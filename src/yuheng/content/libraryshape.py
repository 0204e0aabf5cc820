"""What a library's table looks like: its own columns, then the common ones; and the SELECT that gives both."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from sqlglot import exp

from yuheng.content.schema import Library
from yuheng.content.shape import RESULTS, arrow_schema
from yuheng.errors import ContentError
from yuheng.sql import identifier, literal, parse

COMMON = pa.schema(
    [
        ("src_system", pa.string()),
        ("src_pk", pa.string()),
        ("src_update_time", pa.date32()),
        ("ingest_time", pa.date32()),
        ("batch_id", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        ("row_hash", pa.int64()),
        ("quality_flag", pa.string()),
        ("region_code", pa.string()),
        ("security_level", pa.string()),
    ]
)
"""Columns every library row ends with; one the library has itself is that column."""

COMMON_ZH: Mapping[str, str] = {
    "src_system": "来源系统",
    "src_pk": "来源主键",
    "src_update_time": "来源更新日期",
    "ingest_time": "入库生效日期",
    "batch_id": "批次号",
    "valid_from": "生效日期",
    "valid_to": "失效日期",
    "row_hash": "行摘要",
    "quality_flag": "质量标记",
    "region_code": "管辖区划",
    "security_level": "密级",
}
OWN = "YUHENG"
"""`src_system` of rows that are made out of many records."""
REGIONS = "ent_base"
"""Where the region of a firm is looked up for rows that name a firm."""
_TYPES: Mapping[pa.DataType, str] = {pa.string(): "varchar", pa.date32(): "date", pa.int64(): "bigint"}
_RECORD: Mapping[str, str] = {
    "src_system": "source",
    "src_pk": "source_key",
    "src_update_time": "case when {0}.known_basis = 'SOURCE_DATE' then {0}.known_from end",
    "ingest_time": "known_from",
    "batch_id": "batch_id",
    "valid_from": "event_date",
    "row_hash": "row_hash",
    "quality_flag": "quality_flag",
}
"""Common column -> system column (or SQL) of the record it comes from. `valid_to` is open: the row holds on the day."""

LIBRARY_RESULTS: Mapping[str, pa.Schema] = {
    **RESULTS,
    "grade": pa.schema(
        [
            ("ent_id", pa.int64()),
            ("uscc", pa.string()),
            ("region_code", pa.string()),
            ("grading", pa.string()),
            ("score_raw", pa.float64()),
            ("score", pa.float64()),
            ("coverage", pa.float64()),
            ("insufficient", pa.int16()),
            *((n, pa.string()) for n in ("trigger_ids", "override_grade", "grade_model", "grade_manual")),
            *((n, pa.string()) for n in ("grade_final", "national_grade", "grade_merged")),
            ("percentile", pa.float64()),
            ("as_of", pa.date32()),
            ("model_version", pa.string()),
            ("content_version", pa.string()),
        ]
    ),
    "indicator_point": pa.schema(
        [
            ("ent_id", pa.int64()),
            ("grading", pa.string()),
            ("ind_id", pa.string()),
            ("value", pa.float64()),
            ("points", pa.int8()),
            ("weight", pa.float64()),
            ("model_version", pa.string()),
        ]
    ),
}
"""Tables the rating makes, which libraries may read: the day's grades, and each indicator's points."""


def library_schema(library: Library) -> pa.Schema:
    """Own columns, then those common ones it does not have itself."""
    own = arrow_schema(library.columns.values())
    return pa.schema([*own, *(f for f in COMMON if f.name not in library.columns)])


def needs_region(library: Library) -> bool:
    """Whether the region of its rows is looked up by the firm they name."""
    return not library.result_of and "region_code" not in library.columns and "ent_id" in library.columns


def full_sql(library: Library) -> str:
    """The library's SELECT with its columns cast to their types and the common columns put on.

    Raises ContentError when `record` names no input of the outermost SELECT.
    """
    inner = _with_origin(library) if library.record else library.sql
    own = [f"cast(q.{identifier(c.name)} as {c.type}) as {identifier(c.name)}" for c in library.columns.values()]
    common = [f"{_common(library, f)} as {f.name}" for f in COMMON if f.name not in library.columns]
    region = f"\nleft join {REGIONS} r on r.ent_id = q.ent_id" if needs_region(library) else ""
    return f"select {', '.join([*own, *common])}\nfrom ({inner}) q{region}"


def _common(library: Library, field: pa.Field) -> str:
    kind = _TYPES[field.type]
    if field.name == "security_level":
        return literal(library.sensitivity)
    if field.name == "region_code":
        return "r.region_code" if needs_region(library) else f"cast(null as {kind})"
    if library.record and field.name in _RECORD:
        return f"q.{_hidden(field.name)}"
    if field.name == "src_system":
        return literal(OWN)
    if field.name in ("ingest_time", "valid_from"):
        return "cast(:as_of as date)"
    return f"cast(null as {kind})"


def _hidden(name: str) -> str:
    return f"c__{name}"


def _with_origin(library: Library) -> str:
    """The SELECT with the record's system columns beside its own, under names no library uses."""
    tree = parse(library.sql, origin=library.path, first_line=library.line)
    alias = library.record or ""
    if not isinstance(tree, exp.Select) or alias not in _sources(tree):
        raise ContentError(
            f"record: {alias!r} is no input of the outermost SELECT",
            path=library.path, line=library.line, todo="Name the alias its FROM or a JOIN gives.",
        )  # fmt: skip
    for name, column in _RECORD.items():
        if name in library.columns:
            continue
        text = column.format(alias) if "{" in column else f"{alias}.{column}"
        tree.select(f"{text} as {_hidden(name)}", copy=False, dialect="duckdb")
    return tree.sql(dialect="duckdb", comments=False).replace("$as_of", ":as_of")  # content's way of asking for the day


def _sources(tree: exp.Select) -> set[str]:
    first = tree.args.get("from_") or tree.args.get("from")
    joined = [join.this for join in tree.args.get("joins") or ()]
    return {part.alias_or_name for part in ([first.this] if first else []) + joined}
