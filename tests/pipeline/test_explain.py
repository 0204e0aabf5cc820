"""From a grade back to the raw lines."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.province import END, Province
from yuheng.content import ContentStore
from yuheng.errors import DataError
from yuheng.pipeline import Explained, Workspace, explain
from yuheng.pipeline.ranking import top
from yuheng.rating import Explanation


@pytest.fixture(scope="module")
def explained(province: Province, tmp_path_factory: pytest.TempPathFactory) -> Explained:
    """The firm with the highest score."""
    root = province.copy(tmp_path_factory.mktemp("explain") / "copy")
    with Workspace.open(root) as ws:
        worst = top(ws, grading="enterprise", limit=1)[0]
        found = explain(ws, str(worst["uscc"]), reason="test")
        assert found.rating.rated.score == worst["score"]
        looks = ws.office.audit.entries(subject=f"firm:{worst['ent_id']}")
        assert [e.action for e in looks] == ["firm.explain"]
        assert ws.office.audit.verify() > 0
    return found


def test_parts_add_up_to_the_raw_score(explained: Explained) -> None:
    rating: Explanation = explained.rating
    assert len(rating.parts) == 81
    assert sum(p.contribution for p in rating.parts) == pytest.approx(rating.rated.score_raw, abs=1e-5)
    assert rating.reasons
    assert all("计" in reason for reason in rating.reasons)


def test_every_record_is_the_delivered_line(explained: Explained, province: Province) -> None:
    """The source key of each record stands in the very line (record number) of the file it names."""
    store = ContentStore.load()
    seen = 0
    for rows in explained.evidence.values():
        for row in rows:
            line = raw_record(province.inbox, store, str(row["source"]), str(row["src_file"]), int(str(row["src_row"])))
            if line is None:
                continue
            assert str(row["source_key"]).split("|")[0] in line
            seen += 1
    assert seen > 10


def raw_record(inbox: Path, store: ContentStore, source: str, name: str, number: int) -> str | None:
    """The text of a delivered record; None for spreadsheets."""
    feed = next(f for f in store.sources[source].feeds if name.startswith(f.pattern.split("*")[0]))
    if feed.format.kind == "xlsx":
        return None
    text = (inbox / source / feed.id / name).read_bytes().decode(feed.format.encoding)
    if feed.format.kind == "jsonl":
        return text.splitlines()[number - 1]
    return ",".join(list(csv.reader(io.StringIO(text)))[number])


def test_it_is_marked_simulated_and_plain_json(explained: Explained) -> None:
    assert explained.simulated
    body = json.loads(json.dumps(explained.to_dict(), default=str))
    assert body["as_of"] == END.isoformat()
    assert len(body["indicators"]) == 81
    assert all(
        set(r) >= {"source", "source_key", "batch_id", "src_file", "src_row"}
        for i in body["indicators"]
        for r in i["records"]
    )


def test_an_unknown_firm_is_named(province: Province, tmp_path: Path) -> None:
    with Workspace.open(province.copy(tmp_path / "copy")) as ws, pytest.raises(DataError, match="91410000MA00000000"):
        explain(ws, "91410000MA00000000")
