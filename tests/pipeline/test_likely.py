"""Likely links from end to end: rows without a firm are linked, judged, unlinked again; the tables follow."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from tests.province import Province
from yuheng.office import Offer
from yuheng.pipeline import Workspace, link_likely

pytest.importorskip("splink", reason="needs yuheng[identity]")
TABLE = "case_12315"
DAY = date(2026, 7, 1)


def rows(ws: Workspace) -> dict[tuple[str, int], tuple[int | None, str | None]]:
    """(batch, row) → firm and basis."""
    files = [str(f) for f in ws.lake.table("standard", TABLE).files()]
    found = ds.dataset(files).to_table(columns=["batch_id", "src_row", "ent_id", "link_basis"]).to_pylist()
    return {(r["batch_id"], r["src_row"]): (r["ent_id"], r["link_basis"]) for r in found}


def test_judgements_reach_the_tables_and_are_taken_back(province: Province, tmp_path: Path) -> None:
    with Workspace.open(province.copy(tmp_path / "deployment")) as ws:
        first = link_likely(ws, on=DAY)
        assert first.looked > 0
        assert link_likely(ws, on=DAY).looked == 0
        before = rows(ws)
        key = next(k for k, (ent_id, _) in sorted(before.items()) if ent_id is None)
        firm = next(ent_id for ent_id, basis in before.values() if basis == "USCC")
        assert firm is not None
        ws.office.links.offer([Offer(TABLE, *key, "某店", firm, "某公司", 0.8, {"字号": "相近"}, DAY)])
        (mine,) = [c for c in ws.office.links.list() if (c.batch_id, c.src_row) == key and c.ent_id == firm]
        ws.office.links.accept(mine.id, by="李科员", reason="执照照片", uscc="91410100MA40000001")
        link_likely(ws, on=DAY)
        assert rows(ws)[key] == (firm, "USCC")
        ws.office.links.undo(mine.id, by="王科长", reason="另一家")
        link_likely(ws, on=DAY)
        assert rows(ws) == before
        assert ws.office.audit.verify() > 0
