"""A whole simulation: the inbox, the truth beside it, equal bytes, and clear refusals."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from yuheng.errors import DataError, UsageError
from yuheng.simulate import Summary, last_month_end, simulate
from yuheng.simulate.params import HOME
from yuheng.simulate.spec import load_feeds
from yuheng.simulate.truth import BINS, auc

from .world_case import END, files_of, small_blocks

MONTHS = 9


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_blocks(tmp_path_factory.mktemp("home"), 300)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Summary:
    target = tmp_path_factory.mktemp("one") / "inbox"
    return simulate(target, enterprises=700, months=MONTHS, seed=5, end=END, workers=1, parameters=home)


def lines_of(path: Path, encoding: str) -> list[str]:
    return path.read_text(encoding="gb18030" if encoding == "G" else "utf-8").splitlines()


def rows_of(path: Path, encoding: str) -> list[list[str]]:
    """The whole rows of a file, without header; broken ones are left out."""
    if encoding == "X":
        book = openpyxl.load_workbook(path, read_only=True)
        found = [[str(x) if x is not None else "" for x in row] for row in book.active.iter_rows(values_only=True)]
        book.close()
        return found[1:]
    lines = lines_of(path, encoding)
    if encoding == "J":
        good = []
        for line in lines:
            try:
                good.append([str(x) for x in json.loads(line).values()])
            except json.JSONDecodeError:
                continue
        return good
    table = list(csv.reader(io.StringIO("\n".join(lines))))
    return [row for row in table[1:] if len(row) == len(table[0])]


def test_the_inbox_has_one_file_per_feed_and_delivery(made: Summary) -> None:
    feeds, _ = load_feeds(HOME)
    labels = ["000000", *(f"2025{month:02d}" for month in range(2, 11))]
    wanted = {f"{s.source}/{s.feed}/{s.feed}_{label}.{s.suffix}" for s in feeds.values() for label in labels}
    counts = json.loads((made.truth / "counts.json").read_text(encoding="utf-8"))["feeds"]
    silent = wanted - {file for body in counts.values() for file in body["files"]}
    assert not [file for file in silent if "_000000." in file]
    assert {tuple(file.split("/")[:2]) for file in silent} <= {(s.source, s.feed) for s in feeds.values() if s.quiet}
    assert set(files_of(made.target)) == wanted - silent
    assert made.files == len(wanted - silent) < len(wanted)
    assert made.blocks == 3
    assert made.truth == made.target.parent / "truth"
    assert not list(made.target.parent.glob("*.unfinished"))


def test_counts_account_for_every_line(made: Summary) -> None:
    counts = json.loads((made.truth / "counts.json").read_text(encoding="utf-8"))["feeds"]
    feeds, _ = load_feeds(HOME)
    total = broken = 0
    for name, body in counts.items():
        spec = feeds[name]
        for file, found in body["files"].items():
            path = made.target / file
            header = 0 if spec.encoding == "J" else 1
            number = len(rows_of(path, "X")) if spec.encoding == "X" else len(lines_of(path, spec.encoding)) - header
            assert number == found["rows"] + found["broken"], file
            total, broken = total + found["rows"], broken + found["broken"]
    assert total == made.rows > 20_000
    assert broken == made.broken > 0


def test_faults_are_counted_as_they_are_delivered(made: Summary) -> None:
    counts = json.loads((made.truth / "counts.json").read_text(encoding="utf-8"))["feeds"]
    feeds, _ = load_feeds(HOME)
    for name in ("reg_investor", "reg_change", "case", "food"):
        spec = feeds[name]
        place = spec.header.index("OPFLAG")
        rows = [row for file in counts[name]["files"] for row in rows_of(made.target / file, spec.encoding)]
        flags = Counter(row[place] for row in rows)
        assert flags["D"] == counts[name]["faults"].get("withdrawn", 0)
        again = sum(n - 1 for n in Counter(map(tuple, rows)).values())
        assert again == counts[name]["faults"].get("duplicate", 0)
    entity = counts["reg_entity"]
    rows = [row for file in entity["files"] for row in rows_of(made.target / file, "G")]
    place = feeds["reg_entity"].header.index("UNISCID")
    assert sum(row[place] == "" for row in rows) == entity["faults"]["blank:UNISCID"]
    assert any(kind.startswith("late") for kind in entity["faults"])


def test_everything_is_marked_as_simulated(made: Summary) -> None:
    feeds, _ = load_feeds(HOME)
    for spec in feeds.values():
        assert spec.header[-1] == "DATAMARK"
        for path in sorted((made.target / spec.source / spec.feed).iterdir()):
            for row in rows_of(path, spec.encoding):
                assert row[-1] == "模拟数据"


def test_deliveries_hold_what_the_source_recorded_in_their_month(made: Summary) -> None:
    stamp = load_feeds(HOME)[0]["reg_change"].header.index("UPDATETIME")
    for path in sorted((made.target / "S-REG" / "reg_change").iterdir()):
        label = path.stem[-6:]
        months = {row[stamp][:7].replace("-", "") for row in rows_of(path, "G")}
        assert months <= {label} if label != "000000" else max(months) < "202502"


def test_no_feed_carries_the_risk(made: Summary) -> None:
    firms = pq.read_table(made.truth / "firms.parquet")
    values = {f"{x:.4f}" for x in firms["risk_202510"].to_pylist()}
    for spec in load_feeds(HOME)[0].values():
        assert not [name for name in spec.header if "RISK" in name.upper()]
    entity = made.target / "S-REG" / "reg_entity" / "reg_entity_000000.csv"
    assert not values & {cell for row in rows_of(entity, "G") for cell in row}


def test_truth_has_the_risk_and_the_labels_of_every_firm(made: Summary) -> None:
    firms, labels = (pq.read_table(made.truth / f"{name}.parquet") for name in ("firms", "labels"))
    assert firms["pripid"].to_pylist() == labels["pripid"].to_pylist()
    assert [c for c in firms.column_names if c.startswith("risk_")] == [f"risk_2025{m:02d}" for m in range(2, 11)]
    assert [c for c in labels.column_names if c.startswith("y_")] == [f"y_2025{m:02d}" for m in range(2, 5)]
    for name in ("y_202502", "y_202504"):
        values = [y for y in labels[name].to_pylist() if y is not None]
        assert 0.003 < sum(values) / len(values) < 0.1
    kinds = firms["kind"].to_pylist()
    for y, kind in zip(labels["y_202502"].to_pylist(), kinds, strict=True):
        assert y is None or kind == 0


def test_the_oracle_is_declared_for_every_whole_window(made: Summary) -> None:
    oracle = json.loads((made.truth / "oracle.json").read_text(encoding="utf-8"))
    assert oracle == made.oracle
    assert [month["as_of"] for month in oracle["months"]] == ["2025-02-28", "2025-03-31", "2025-04-30"]
    assert (oracle["low"], oracle["high"]) == (0.80, 0.88)
    for month in oracle["months"]:
        assert 0.65 < month["auc"] < 0.97
        assert month["firms"] > 500 > month["bad"] > 0


def test_the_label_of_the_truth_is_that_of_the_card() -> None:
    import yaml

    card = yaml.safe_load((HOME.parent / "gradings" / "enterprise.yaml").read_text(encoding="utf-8"))["label"]
    province = yaml.safe_load((HOME / "province.yaml").read_text(encoding="utf-8"))
    assert list(province["label"]) == [event["id"] for event in card["events"]]
    assert province["window_months"] == card["months"]


def test_equal_arguments_give_equal_bytes_whatever_the_workers(made: Summary, home: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    two = simulate(
        tmp_path / "inbox",
        enterprises=700,
        months=MONTHS,
        seed=5,
        end=END,
        workers=2,
        parameters=home,
        progress=lambda what, done, total: seen.append((what, done, total)),
    )
    assert files_of(two.target) == files_of(made.target)
    assert files_of(two.truth) == files_of(made.truth)
    assert ("blocks", 3, 3) in seen
    assert seen[-1][1] == seen[-1][2]


def test_another_seed_gives_other_firms(home: Path, made: Summary, tmp_path: Path) -> None:
    other = simulate(tmp_path / "inbox", enterprises=200, months=1, seed=6, end=END, workers=1, parameters=home)
    names = set(pq.read_table(other.truth / "firms.parquet")["est_day"].to_pylist())
    assert names != set(pq.read_table(made.truth / "firms.parquet")["est_day"].to_pylist())


def test_a_single_enterprise_and_month(tmp_path: Path) -> None:
    small = simulate(tmp_path / "inbox", enterprises=1, months=1, end=END, workers=1, others=0.0)
    assert small.rows > 0
    assert small.oracle["months"] == []
    assert small.oracle["auc_low"] is None


def test_a_folder_with_content_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "mine.csv").write_text("a\n")
    with pytest.raises(UsageError, match="already has content"):
        simulate(tmp_path / "inbox", enterprises=10, end=END)
    assert (tmp_path / "inbox" / "mine.csv").read_text() == "a\n"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"enterprises": 0}, "at least 1"),
        ({"months": 0}, "at least 1"),
        ({"end": date(2025, 10, 30)}, "last day of a month"),
        ({"others": -1.0}, "negative"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path: Path, change: dict[str, object], match: str) -> None:
    arguments: dict[str, object] = {"enterprises": 10, "months": 1, "end": END, **change}
    with pytest.raises(UsageError, match=match):
        simulate(tmp_path / "inbox", **arguments)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_worker_that_fails_leaves_nothing(tmp_path: Path, home: Path) -> None:
    broken = small_blocks(tmp_path, 20)
    feeds = broken / "feeds" / "registration.yaml"
    feeds.write_text(feeds.read_text(encoding="utf-8").replace("f_pripid", "f_unheard"), encoding="utf-8")
    with pytest.raises(DataError, match="worker"):
        simulate(tmp_path / "inbox", enterprises=60, months=1, end=END, workers=2, parameters=broken)
    assert not (tmp_path / "inbox").exists()
    assert not (tmp_path / "truth").exists()
    assert not list(tmp_path.glob("*.unfinished"))


def test_the_last_month_end() -> None:
    assert last_month_end(date(2026, 3, 1)) == date(2026, 2, 28)
    assert last_month_end(date(2024, 3, 31)) == date(2024, 2, 29)


def test_the_area_under_the_curve() -> None:
    import numpy as np

    counts = np.zeros((2, BINS), dtype=np.int64)
    counts[0, 10], counts[1, 20] = 5, 5
    assert auc(counts) == 1.0
    counts[1, 10], counts[1, 20] = 5, 0
    assert auc(counts) == 0.5
    assert auc(np.zeros((2, BINS), dtype=np.int64)) is None
