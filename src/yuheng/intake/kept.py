"""Reading the quarantine: which records are kept out and why, and what they say, with personal values masked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from yuheng.content import ContentStore
from yuheng.content.schema import CodeMap, TokenMap
from yuheng.crypto import FieldCipher, mask_id, mask_name, mask_phone
from yuheng.errors import DataError
from yuheng.intake.plan import FeedPlan, plan
from yuheng.intake.quarantine import CONTEXT, QUARANTINE
from yuheng.lake import Lake

PUBLIC = ("L1", "L2")
"""Security levels of columns whose raw texts are shown as they are."""


@dataclass(frozen=True)
class Kept:
    """One quarantined record. `raw` by raw column; a record that could not be split has its whole line under ''."""

    source: str
    feed: str
    table: str
    batch_id: str
    file: str
    row: int
    reason_codes: tuple[str, ...]
    reason_zh: str
    fields: tuple[str, ...]
    raw: Mapping[str, str]


def kept(lake: Lake, *, feeds: Sequence[str], check: str = "") -> pa.Table:
    """The quarantined records of `feeds` (`<source>.<feed>`), without their texts, by feed, file and row.

    `check` is a check's code, with or without the column it is about (`REQUIRED` or `REQUIRED:decide_date`).
    """
    found = _read(lake, feeds, None, [name for name in QUARANTINE.names if name != "raw"])
    if check:
        codes = pc.binary_join_element_wise(",", found["reason_codes"], ",", "")
        hits = [pc.match_substring(codes, f",{check}{end}") for end in (",", ":")]
        found = found.filter(pc.or_(*hits))
    order = [(name, "ascending") for name in ("source", "feed", "src_file", "batch_id", "src_row")]
    return found.sort_by(order)


def kept_record(
    lake: Lake, store: ContentStore, cipher: FieldCipher, batch_id: str, row: int, *, unmasked: bool = False
) -> Kept:
    """One record with its raw texts, masked unless `unmasked`. Raises DataError when it is not in the quarantine."""
    where = (pc.field("batch_id") == batch_id) & (pc.field("src_row") == row)
    found = _read(lake, lake.table("intake", "quarantine").slices(), where, QUARANTINE.names)
    if not found.num_rows:
        raise DataError(
            f"record {row} of batch {batch_id!r} is not in the quarantine.", todo="See `yuheng quarantine list`."
        )
    one = found.slice(0, 1).to_pylist()[0]
    declared = store.sources[one["source"]]
    made = plan(store, declared, next(f for f in declared.feeds if f.id == one["feed"]))
    raw = _texts(str(cipher.decrypt(found.slice(0, 1)["raw"], context=CONTEXT)[0].as_py() or ""))
    return Kept(
        source=one["source"],
        feed=one["feed"],
        table=made.table.id,
        batch_id=one["batch_id"],
        file=one["src_file"],
        row=one["src_row"],
        reason_codes=tuple(one["reason_codes"].split(",")),
        reason_zh=one["reason_zh"],
        fields=tuple(filter(None, (one["fields"] or "").split(","))),
        raw=raw if unmasked else masked(raw, made),
    )


def masked(raw: Mapping[str, str], made: FeedPlan) -> dict[str, str]:
    """`raw` with every text hidden that is not known to be public: what no public column is made of counts as personal.

    A line that could not be split is hidden whole.
    """
    public, kinds = _public(made), _tokens(made)
    return {column: text if column in public else _hidden(text, column, kinds) for column, text in raw.items()}


def _hidden(text: str, column: str, kinds: Mapping[str, str]) -> str:
    match kinds.get(column):
        case "phone":
            return mask_phone(text) or ""
        case "id":
            return mask_id(text) or ""
    whole = not column or text.replace(".", "").isdigit()
    return "*" * len(text) if whole else mask_name(text) or ""


def _public(made: FeedPlan) -> set[str]:
    """Raw columns only public columns, keys and clocks are made of."""
    feed, levels = made.feed, {c.name: c.level for c in made.table.columns}
    link = (feed.link.uscc, feed.link.pripid, feed.link.regno, feed.link.name, feed.link.region)
    open_to_all = [*feed.key, *(part for part in (feed.op, feed.stamp, feed.simulated_mark, *link) if part)]
    hidden = [feed.link.legal_rep] if feed.link.legal_rep else []
    for name, mapping in feed.map.items():
        sql = mapping if isinstance(mapping, str) else mapping.of
        is_public = levels[name] in PUBLIC and (isinstance(mapping, str | CodeMap))
        (open_to_all if is_public else hidden).append(sql)
    return _columns(made, open_to_all) - _columns(made, hidden)


def _tokens(made: FeedPlan) -> dict[str, str]:
    """Raw column -> which personal number it holds."""
    tokens = [m for m in made.feed.map.values() if isinstance(m, TokenMap)]
    return {column: m.token for m in tokens for column in made.atoms.columns_of(m.of)}


def _columns(made: FeedPlan, expressions: Sequence[str]) -> set[str]:
    return {column for sql in expressions for column in made.atoms.columns_of(sql)}


def _texts(raw: str) -> dict[str, str]:
    try:
        found = json.loads(raw)
    except json.JSONDecodeError:
        return {"": raw}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {"": raw}


def _read(lake: Lake, feeds: Sequence[str], where: pc.Expression | None, columns: Sequence[str]) -> pa.Table:
    table = lake.table("intake", "quarantine")
    files = [str(f) for feed in feeds for f in table.files(slice=feed)]
    if not files:
        return pa.schema([QUARANTINE.field(name) for name in columns]).empty_table()
    return ds.dataset(files, format="parquet", schema=QUARANTINE).to_table(columns=list(columns), filter=where)
