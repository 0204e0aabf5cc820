"""The search index over firms: names, former names, codes and addresses; made whole, then read only.

Names and addresses are indexed by pairs of characters, so that any part of two characters is found; words that half of
all firms carry (有限公司) are dropped, from the content's list. The index needs no lake and no database to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.errors import DataError
from yuheng.lake import Engine
from yuheng.sql import compile_sql

if TYPE_CHECKING:
    import tantivy

WORDS = "search_stopword"
META = "index.json"
_HEAP = 256_000_000
_CODE = re.compile(r"[0-9A-Z]{6,}")
_STARTS = range(6, 12)
"""Lengths of beginnings of codes that are indexed; a longer beginning has few codes and is looked up among them."""
_REGION = re.compile(r"\d{2,6}")
_EXACT, _CORE, _FORMER, _PLACE = 8.0, 4.0, 0.5, 0.25
"""What a hit counts for: the whole name, the name without common words, a former name, an address."""
_SPARE = 50
"""Hits read beyond those asked for, so that equal scores are put in a fixed order."""


@dataclass(frozen=True)
class Hit:
    """One firm found."""

    ent_id: int
    uscc: str
    ent_name: str
    region_code: str
    reg_state: str
    score: float
    matched: str
    """What was met: code, name or address."""

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return vars(self)


def documents_sql() -> str:
    """One row per firm: what the index holds of it. Reads `ent_base`, `ent_registration`, `ent_change`."""
    return (
        "with f as (select ent_id, string_agg(distinct search_text(val_before), ' ' order by search_text(val_before)) "
        "as former from ent_change where ent_id is not null and alt_item = 'ENT_NAME' and val_before is not null "
        "group by ent_id), "
        "i as (select ent_id, string_agg(distinct pripid, ' ' order by pripid) as pripid, "
        "string_agg(distinct regno, ' ' order by regno) as regno from ent_registration where ent_id is not null "
        "group by ent_id) "
        "select b.ent_id, coalesce(b.uscc, '') as uscc, coalesce(b.ent_name, '') as ent_name, "
        "coalesce(b.region_code, '') as region_code, coalesce(b.reg_state, '') as reg_state, "
        "coalesce(search_text(b.ent_name), '') as name, coalesce(f.former, '') as former, "
        "concat_ws(' ', b.uscc, i.pripid, i.regno) as codes, coalesce(substr(b.addr_key, 8), '') as address "
        "from ent_base b left join f on f.ent_id = b.ent_id left join i on i.ent_id = b.ent_id "
    )


def core_of(store: ContentStore) -> Callable[[str], str]:
    """Drops the common words of the content's list from a text; a text of nothing else stays as it is."""
    words = sorted(store.code_lists[WORDS]["word"].to_pylist(), key=lambda w: (-len(w), w))
    common = re.compile("|".join(map(re.escape, words)))
    return lambda text: common.sub(" ", text).strip() or text


def build_index(
    engine: Engine, store: ContentStore, folder: Path, *, meta: Mapping[str, object], sql: str | None = None
) -> int:
    """Writes the index of all firms readable on `engine` into the new folder; returns their number.

    `meta` is kept beside it. tantivy takes documents one by one, so here, and only here, rows are walked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = _open(folder, fresh=True)
    writer = index.writer(_HEAP, 2)
    core = core_of(store)
    number = 0
    for batch in engine.batches(sql or documents_sql(), rows=50_000):
        for document in _documents(batch, core):
            writer.add_document(document)
        number += batch.num_rows
    writer.commit()
    writer.wait_merging_threads()
    (folder / META).write_bytes(orjson.dumps({**meta, "firms": number}, option=orjson.OPT_SORT_KEYS))
    return number


def _documents(batch: pa.RecordBatch, core: Callable[[str], str]) -> Iterator[Any]:
    import tantivy

    make = tantivy.Document
    columns = (batch.column(name).to_pylist() for name in (
        "ent_id", "uscc", "ent_name", "region_code", "reg_state", "name", "former", "codes", "address"
    ))  # fmt: skip
    for ent_id, uscc, shown, region, state, name, former, all_codes, address in zip(*columns, strict=True):
        short = core(name)
        codes = all_codes.split()
        yield make(
            ent_id=[ent_id],
            shown=[f"{uscc}\t{shown}\t{region}\t{state}"],
            name=[short],
            exact=[name, short.replace(" ", "")],
            former=[core(former)] if former else [],
            code=[*codes],
            start=[*{code[:length] for code in codes for length in _STARTS}],
            address=[address] if address else [],
            region=[region[:2], region[:4], region] if region else [],
        )


def _open(folder: Path, *, fresh: bool = False) -> tantivy.Index:
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_integer_field("ent_id", stored=True, fast=True)
    schema.add_text_field("shown", stored=True, tokenizer_name="raw", index_option="basic")
    for field, option in (("name", "freq"), ("former", "basic"), ("address", "basic")):
        schema.add_text_field(field, tokenizer_name="pairs", index_option=option)
    for field in ("exact", "code", "start", "region"):
        schema.add_text_field(field, tokenizer_name="raw", index_option="basic")
    index = tantivy.Index(schema.build(), path=str(folder), reuse=not fresh)
    pairs = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(2, 2, False)).build()
    index.register_tokenizer("pairs", pairs)
    return index


class FirmIndex:
    """An index opened for reading; close it with the last reference."""

    def __init__(self, folder: Path, store: ContentStore) -> None:
        if not (folder / META).is_file():
            raise DataError("there is no search index", todo="Run `yuheng library build` or `yuheng run` first.")
        self.meta: dict[str, Any] = orjson.loads((folder / META).read_bytes())
        self._index = _open(folder)
        self._searcher = self._index.searcher()
        self._core = core_of(store)
        self._plain = _Plain(store)

    def find(self, text: str, *, region: str = "", limit: int = 20) -> list[Hit]:
        """The firms that fit best, best first; equal ones in the order of their numbers.

        A text of six or more letters and digits is looked up as a code or the beginning of one; otherwise every pair
        of characters must stand in the name (or a former name), and if no name has them, in the address. `region` is
        the beginning of a region code (2, 4 or 6 digits). Raises DataError for an empty text or a wrong region.
        """
        plain = self._plain(text)
        if not plain.strip():
            raise DataError("nothing to search for", todo="Give a part of a name, a code or an address.")
        if region and not _REGION.fullmatch(region):
            raise DataError(f"{region!r} is no region", todo="Give 2, 4 or 6 digits, such as 4101.")
        ways = [("name", self._name_query(plain)), ("address", self._address_query(plain))]
        code = plain.replace(" ", "")
        if _CODE.fullmatch(code):
            ways.insert(0, ("code", self._code_query(code)))
        for matched, query in ways:
            if query is not None and (hits := self._run(query, region, limit, matched)):
                return hits
        return []

    def _run(self, query: Any, region: str, limit: int, matched: str) -> list[Hit]:
        from tantivy import Occur, Order, Query

        if region:
            # a region of odd length is met by the next shorter level and sifted afterwards
            level = region[: max(2, len(region) // 2 * 2)]
            inside = Query.const_score_query(self._term("region", level), 0.0)
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, inside)])
        if matched == "code":  # one is as good as another: in the order of their numbers
            found = self._searcher.search(query, limit + _SPARE, count=False, order_by_field="ent_id", order=Order.Asc)
            hits = [self._hit(1.0, address, matched) for _, address in found.hits]
        else:
            found = self._searcher.search(query, limit + _SPARE, count=False)
            hits = [self._hit(score, address, matched) for score, address in found.hits]
        hits = [h for h in hits if h.region_code.startswith(region)]
        return sorted(hits, key=lambda h: (-h.score, h.ent_id))[:limit]

    def _hit(self, score: Any, address: Any, matched: str) -> Hit:
        document = self._searcher.doc(address)
        uscc, name, region, state = str(document.get_first("shown")).split("\t")
        ent_id: Any = document.get_first("ent_id")
        return Hit(int(ent_id), uscc, name, region, state, round(float(score), 4), matched)

    def _name_query(self, plain: str) -> Any:
        """All pairs in the name (scored), or all in a former one; the whole name and its core count more."""
        from tantivy import Occur, Query

        core = self._core(plain)
        pairs = _pairs(core)
        whole = [
            Query.boost_query(self._term("exact", plain.replace(" ", "")), _EXACT),
            Query.boost_query(self._term("exact", core.replace(" ", "")), _CORE),
        ]
        if not pairs:
            return Query.boolean_query([(Occur.Should, q) for q in whole])
        names = Query.boolean_query([(Occur.Must, self._term("name", p)) for p in pairs])
        former = Query.boolean_query([(Occur.Must, self._term("former", p)) for p in pairs])
        parts = [names, Query.boost_query(former, _FORMER)]
        both = Query.boolean_query([(Occur.Should, q) for q in parts])
        return Query.boolean_query([(Occur.Must, both), *((Occur.Should, q) for q in whole)])

    def _address_query(self, plain: str) -> Any:
        from tantivy import Occur, Query

        pairs = _pairs(plain)
        if not pairs:
            return None
        return Query.boost_query(Query.boolean_query([(Occur.Must, self._term("address", p)) for p in pairs]), _PLACE)

    def _code_query(self, code: str) -> Any:
        from tantivy import Query

        if len(code) in _STARTS:
            return self._term("start", code)
        return Query.regex_query(self._index.schema, "code", f"{code}.*")

    def _term(self, field: str, value: str) -> Any:
        from tantivy import Query

        return Query.term_query(self._index.schema, field, value, "basic" if field != "name" else "freq")


class _Plain:
    """A text the way names are indexed, by the same macro; the words between blanks stay apart."""

    def __init__(self, store: ContentStore) -> None:
        import duckdb

        self._con = duckdb.connect(config={"threads": 1, "memory_limit": "256MB"})
        self._con.execute(f"create macro plain(word) as ({compile_sql('search_text(word)', macros=store.macros)})")

    def __call__(self, text: str) -> str:
        found = (self._con.execute("select plain(?)", [word]).fetchone() for word in text.split())
        return " ".join(str(row[0]) for row in found if row and row[0])


def _pairs(text: str) -> Sequence[str]:
    """Pairs of neighbouring characters within each word, each once, in order."""
    pairs = (word[i : i + 2] for word in text.split() for i in range(len(word) - 1))
    return list(dict.fromkeys(pairs))
