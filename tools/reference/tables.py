"""Standard and derived tables: one page with all, one page per standard file, one with the derived tables."""

from __future__ import annotations

from tools.reference.markdown import anchor, code, facts, link, page, table
from tools.reference.sources import checks
from yuheng.content import ContentStore
from yuheng.content.schema import Column, DerivedTable, StandardTable
from yuheng.content.shape import SYSTEM

_SYSTEM = {
    "ent_id": "the firm; NULL while a record is not linked to one (a clue)",
    "link_basis": "by what it was linked: USCC, PRIPID, REGNO or NAME_REGION_LR",
    "source": "source system",
    "source_key": "the record's key at the source",
    "event_date": "the day it happened",
    "known_from": "the day from which this version was known",
    "known_to": "the day from which it no longer held (exclusive); 9999-12-31 = open",
    "op": "upsert or withdraw",
    "known_basis": "SOURCE_DATE, ASSUMED_LAG or RECEIPT: what known_from rests on",
    "is_simulated": "1 for records of the simulator",
    "batch_id": "the delivery",
    "src_file": "the delivered file",
    "src_row": "record number in the file, from 1",
    "row_hash": "hash of the raw texts",
    "quality_flag": "checks the row did not pass though it was taken (flagged or mended), with commas; NULL = none",
}


def pages(store: ContentStore) -> dict[str, str]:
    """tables.md, tables/<file>.md for every file of standard tables, tables/derived.md."""
    made = {"tables.md": _overview(store), "tables/derived.md": _derived_page(store)}
    for file in _files(store):
        own = [_standard(store, t) for t in store.standard.values() if _file(store, t) == file]
        made[f"tables/{file}.md"] = page(f"Standard tables: {file}", link("All tables", "../tables.md"), *own)
    return made


def _overview(store: ContentStore) -> str:
    intro = (
        f"{len(store.standard)} standard tables (lake layer `standard`) and {len(store.derived)} derived tables (layer "
        "`derived`, one slice per day). A query as of D sees of a standard table the rows with `known_from <= D < "
        "known_to`, `op = 'upsert'` and `event_date <= D`. Levels: L1 public, L2 internal, L3 sensitive, L4 personal."
    )
    system = table(("System column", "Type", "Meaning"), [(code(f.name), str(f.type), _SYSTEM[f.name]) for f in SYSTEM])
    standard = [
        (
            link(f"`{t.id}`", f"tables/{_file(store, t)}.md#{anchor(t.id)}"),
            t.name_zh,
            t.database,
            code(t.event_date),
            ", ".join(_feeds(store, t)),
        )
        for t in store.standard.values()
    ]
    derived = [
        (link(f"`{d.name}`", f"tables/derived.md#{anchor(d.name)}"), d.name_zh, d.grain, d.description)
        for d in store.derived.values()
    ]
    return page(
        "Tables",
        intro,
        "## Columns of every standard table",
        system,
        "## Standard tables",
        table(("Table", "", "Database", "Event date", "Feeds"), standard),
        "## Derived tables",
        table(("Table", "", "One row per", "What"), derived),
    )


def _standard(store: ContentStore, t: StandardTable) -> str:
    database = store.databases[t.database]
    other = f", else {code(t.event_date_else)}" if t.event_date_else else ""
    listed = facts(
        [
            ("Name", t.name_zh),
            ("Database", f"{database.id} {database.name_zh} ({database.owner})"),
            ("Event date", code(t.event_date) + other),
            ("About one firm", "" if t.entity else "no"),
            ("Feeds", ", ".join(_feeds(store, t))),
        ]
    )
    parts = [f"## {t.id}", listed, _columns(t.columns), checks(t.checks)]
    return "\n\n".join(p for p in parts if p)


def _derived_page(store: ContentStore) -> str:
    return page(
        "Derived tables",
        link("All tables", "../tables.md"),
        "Built as of a day D from as-of views and from one another, in the order their SQL asks for.",
        *(_derived(d) for d in store.derived.values()),
    )


def _derived(d: DerivedTable) -> str:
    listed = facts(
        [
            ("Name", d.name_zh),
            ("One row per", d.grain),
            ("Key", ", ".join(map(code, d.keys))),
            ("Reads", ", ".join(map(code, d.inputs))),
            ("Code lists", ", ".join(map(code, d.codes))),
            ("Method", "compiled graph library" if d.method != "sql" else ""),
            ("Monthly snapshot", "yes" if d.snapshot else ""),
        ]
    )
    columns = ", ".join(f"`{c.name}` {c.name_zh} ({c.type.lower()})" for c in d.columns.values())
    return f"## {d.name}\n\n{d.description}\n\n{listed}\n\nColumns: {columns}."


def _columns(columns: list[Column]) -> str:
    rows = [
        (code(c.name), c.type, c.name_zh, c.level, "" if c.nullable else "not null", code(c.codes or ""))
        for c in columns
    ]
    return table(("Column", "Type", "", "Level", "", "Code list"), rows)


def _feeds(store: ContentStore, t: StandardTable) -> list[str]:
    return [f"{s.id}.{f.id}" for s in store.sources.values() for f in s.feeds if f.table == t.id]


def _file(store: ContentStore, t: StandardTable) -> str:
    return store.places["standard_table", t.id].file.removeprefix("standard/").removesuffix(".yaml")


def _files(store: ContentStore) -> list[str]:
    return sorted({_file(store, t) for t in store.standard.values()})
