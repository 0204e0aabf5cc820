"""Experts' cases: all pass, every indicator has every sort of case, and a wrong declaration makes cases fail."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from yuheng.content import ContentStore
from yuheng.content.schema import Indicator, IndicatorCase
from yuheng.indicator import CaseResult, points_of, read_cases, run_cases
from yuheng.indicator import cases as cases_module
from yuheng.lake import Engine, connect
from yuheng.library import asof

BOUND, TODAY, TOMORROW, NO_ROW, NOT_USED, CORRECTED = "边界", "当日", "次日", "无记录", "不适用", "更正"
NEEDED = {BOUND, TODAY, TOMORROW, NO_ROW, NOT_USED, CORRECTED}
SORTS = NEEDED | {"窗口"}
OFF_BOUND = {"operating_years"}
"""Whole days divided by 365.25 never give 0.5, 1, 3, 5 or 10 years: its cases stand on both sides of the bounds."""


@pytest.fixture(scope="module")
def store() -> ContentStore:
    return ContentStore.load()


@pytest.fixture(scope="module")
def engine(store: ContentStore) -> Iterator[Engine]:
    duck = connect(macros=store.macros, threads=1, memory="1GB")
    yield duck
    duck.close()


@pytest.fixture(scope="module")
def results(store: ContentStore, engine: Engine) -> list[CaseResult]:
    return run_cases(store, engine)


@pytest.fixture(scope="module")
def cases(store: ContentStore) -> dict[str, dict[str, list[IndicatorCase]]]:
    """Indicator -> sort -> its cases."""
    out: dict[str, dict[str, list[IndicatorCase]]] = {name: {} for name in store.indicators}
    for path, line, case, _ in read_cases(store):
        found = re.match(r"\[(\w+)\] \S", case.name)
        assert found is not None, f"{path}:{line}: the name begins with its sort in brackets"
        assert found[1] in SORTS, f"{path}:{line}: no sort {found[1]!r}"
        out[case.indicator].setdefault(found[1], []).append(case)
    return out


def test_every_case_passes(results: list[CaseResult]) -> None:
    assert [str(r) for r in results if not r.passed] == []


def test_expected_points_follow_from_the_bins(store: ContentStore) -> None:
    for path, line, case, _ in read_cases(store):
        expected = points_of(store.indicators[case.indicator], case.value, case.case)
        assert case.points == expected, f"{path}:{line}: {case.value} gives {expected} points"


def test_a_case_stands_in_the_file_of_its_group(store: ContentStore) -> None:
    for path, line, case, _ in read_cases(store):
        group = store.indicators[case.indicator].l2
        assert path == f"indicators/tests/{group}.yaml", f"{path}:{line}: {case.indicator} belongs to {group}"


def test_every_indicator_has_every_sort_of_case(cases: dict[str, dict[str, list[IndicatorCase]]]) -> None:
    assert len(cases) == 81
    assert {name: sorted(NEEDED - sorts.keys()) for name, sorts in cases.items() if NEEDED - sorts.keys()} == {}


def test_some_case_of_every_indicator_lies_on_a_bound(
    store: ContentStore, cases: dict[str, dict[str, list[IndicatorCase]]]
) -> None:
    missing = [name for name, sorts in cases.items() if not _on_bound(store.indicators[name], sorts.get(BOUND, []))]
    assert set(missing) == OFF_BOUND


def _on_bound(indicator: Indicator, cases: list[IndicatorCase]) -> bool:
    bounds = {bound for bound, _ in indicator.bins if bound is not None}
    return any(case.value in bounds for case in cases if case.case in ("valued", "zero"))


def test_the_day_and_the_next_differ(cases: dict[str, dict[str, list[IndicatorCase]]]) -> None:
    for name, sorts in cases.items():
        today = {(c.value, c.case) for c in sorts[TODAY]}
        tomorrow = {(c.value, c.case) for c in sorts[TOMORROW]}
        assert today != tomorrow, f"{name}: cases of D and D+1 expect the same"


def test_not_applicable_and_not_connected_are_excluded(
    store: ContentStore, cases: dict[str, dict[str, list[IndicatorCase]]]
) -> None:
    for name, sorts in cases.items():
        wanted = "not_connected" if store.indicators[name].applies_to == "true" else "not_applicable"
        assert wanted in {c.case for c in sorts[NOT_USED]}, name
        assert all(c.points is None and c.value is None for c in sorts[NOT_USED]), name


def test_a_correction_replaces_a_known_record(cases: dict[str, dict[str, list[IndicatorCase]]]) -> None:
    for name, sorts in cases.items():
        for case in sorts[CORRECTED]:
            rows = [row for table in case.given.values() for row in table]
            assert any("known_to" in row or row.get("op") == "delete" for row in rows), f"{name}: {case.name}"


@pytest.mark.parametrize(
    ("name", "change", "failing"),
    [
        ("address_change_count_2y", {"window_days": 731}, "窗口"),
        ("address_change_count_2y", {"window_days": 729}, "窗口"),
        ("license_expiring_90d", {"filter": "t.state = 'VALID' and t.has_renewal = 0 and t.valid_to > :as_of"}, TODAY),
        ("paid_in_ratio", {"absent": "zero"}, NO_ROW),
        ("paid_in_ratio", {"applies_to": "true"}, NOT_USED),
        ("debt_asset_ratio", {"bins": [(0.59, 0), (None, 90)]}, BOUND),
        ("tax_credit_level", {"date_col": None, "window_days": None}, "窗口"),
    ],
)
def test_a_wrong_declaration_fails(
    store: ContentStore, engine: Engine, name: str, change: dict[str, object], failing: str
) -> None:
    right = store.indicators[name]
    store.indicators[name] = right.model_copy(update=change)
    try:
        failed = [r.case.name for r in run_cases(store, engine, only={name}) if not r.passed]
    finally:
        store.indicators[name] = right
    assert any(text.startswith(f"[{failing}]") for text in failed)


def test_cases_fail_without_the_two_clocks(
    store: ContentStore, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_versions(table: str, as_of: date) -> str:
        return f"select * from {table}{asof.VERSIONS}"

    monkeypatch.setattr(asof, "as_of_select", all_versions)
    results = run_cases(store, engine, only={"tax_credit_level", "contribution_overdue_count"})
    failed = {(r.case.indicator, r.case.name[1:3]) for r in results if not r.passed}
    assert ("contribution_overdue_count", CORRECTED) in failed
    assert ("tax_credit_level", CORRECTED) in failed


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_cases_of_a_day_pass_on_the_other_engine(
    store: ContentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = read_cases(store)
    day = Counter(case.as_of for _, _, case, _ in everything).most_common(1)[0][0]
    of_day = [entry for entry in everything if entry[2].as_of == day]
    assert len(of_day) > 200
    monkeypatch.setattr(cases_module, "read_cases", lambda _: of_day)
    spark = connect(engine="spark", macros=store.macros, master="local[2]", memory="2GB", spill=tmp_path)
    try:
        assert [str(r) for r in cases_module.run(store, spark) if not r.passed] == []
    finally:
        spark.close()
