"""The thematic libraries as a data dictionary: every column with its meaning and where it is read from."""

from __future__ import annotations

from tools.reference.markdown import code, facts, link, page, table
from yuheng.content import ContentStore
from yuheng.content.libraryshape import COMMON, COMMON_ZH
from yuheng.content.schema import Library
from yuheng.library import Lineage, Node

_COMMON = {
    "src_system": "source system of the record; YUHENG for rows made of many records",
    "src_pk": "the record's key at the source",
    "src_update_time": "the source's own day of update (with its declared lag), where it gives one",
    "ingest_time": "day from which the version counts as known; for rows made of many records, the day of the slice",
    "batch_id": "the delivery it came with",
    "valid_from": "the day it happened; for rows made of many records, the day of the slice",
    "valid_to": "last day it holds, where the library says so",
    "row_hash": "digest of the record's raw texts",
    "quality_flag": "codes of the checks the record did not pass though it was taken",
    "region_code": "region of duty: the row's own, else the registered one of its firm",
    "security_level": "level of the library: L1 public, L2 internal, L3 sensitive, L4 personal",
}


def pages(store: ContentStore) -> dict[str, str]:
    """libraries.md and libraries/<id>.md."""
    graph = Lineage(store)
    made = {"libraries.md": _overview(list(store.libraries.values()))}
    for x in store.libraries.values():
        made[f"libraries/{x.id}.md"] = page(_heading(x), link("All libraries", "../libraries.md"), _library(graph, x))
    return made


def _overview(libraries: list[Library]) -> str:
    filled = sum(not x.result_of for x in libraries)
    intro = (
        f"{len(libraries)} thematic libraries (专题库), {filled} of them made of what the sources deliver, the others "
        "filled by a later part of the house. [Libraries](../libraries.md) says how they are built and checked; "
        "`yuheng catalog lineage ZT01.ent_name` follows a column all the way to the fields of the sources."
    )
    overview = table(
        ("Library", "", "Domain", "One row per", "Level", "Sources"),
        [
            (link(x.id, f"libraries/{x.id}.md"), x.name_zh, x.domain, x.grain, x.sensitivity, ", ".join(x.sources))
            for x in libraries
        ],
    )
    common = table(("Common column", "", "Meaning"), [(code(n), COMMON_ZH[n], _COMMON[n]) for n in COMMON.names])
    return page("Thematic libraries", intro, overview, "## Columns every library ends with", common)


def _heading(x: Library) -> str:
    return f"{x.id} {x.name_zh} {x.name_en}"


def _library(graph: Lineage, x: Library) -> str:
    listed = facts(
        [
            ("One row per", x.grain),
            ("Key", ", ".join(map(code, x.keys))),
            ("Level", x.sensitivity),
            ("Late after", f"{x.freshness_days} days"),
            ("Sources", ", ".join(x.sources)),
            ("Reads", ", ".join(map(code, x.inputs))),
            ("Code lists", ", ".join(map(code, x.codes))),
            ("Rows are records of", _record(x)),
            ("Filled by", f"{x.result_of}, a later part of the house" if x.result_of else ""),
        ]
    )
    columns = table(
        ("Column", "Type", "", "Level", "Made of"),
        [(code(c.name), c.type, c.name_zh, c.level, _origin(graph, x, c.name)) for c in x.columns.values()],
    )
    rules = table(("Check", "Rule", "", "Reason"), [(code(c.id), code(c.rule), c.action, c.reason) for c in x.checks])
    return "\n\n".join(p for p in (x.description, listed, columns, rules) if p)


def _record(x: Library) -> str:
    return f"the input {code(x.record)} of its SELECT" if x.record else ""


def _origin(graph: Lineage, x: Library, column: str) -> str:
    if x.result_of:
        return ""
    before = graph.parents(Node("library", x.table, column))
    named = [f"{p.table}.{p.column}" if p.column else p.table for p in before if p.kind != "constant"]
    return code(", ".join(named)) if named else "constant"
