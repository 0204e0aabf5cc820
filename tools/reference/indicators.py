"""The indicators: one page with all, one page per first-level node with every detail."""

from __future__ import annotations

from tools.reference.markdown import anchor, code, facts, link, number, page, percent, table
from yuheng.content import ContentStore
from yuheng.content.schema import Indicator, IndicatorL1, IndicatorL2

_DIRECTIONS = {
    "higher_riskier": "higher is riskier",
    "lower_riskier": "lower is riskier",
    "u_shape": "both ends are riskier",
    "categorical": "categories",
}


def pages(store: ContentStore) -> dict[str, str]:
    """indicators.md and indicators/<l1>.md."""
    made = {"indicators.md": _overview(store)}
    for l1 in store.l1.values():
        made[f"indicators/{l1.id}.md"] = _l1_page(store, l1)
    return made


def _overview(store: ContentStore) -> str:
    intro = (
        f"{len(store.l1)} first-level nodes, {len(store.l2)} second-level nodes, {len(store.indicators)} indicators. "
        "Weights are the experts' (product down the tree); a fitted model moves them within the guard rails of the "
        f"{link('weighting', 'gradings.md')}. {link('How the rating works', '../rating.md')} says how values become "
        "points and points a grade."
    )
    parts = [f"## {l1.name_zh} {l1.name_en}\n\n{_l1_table(store, l1)}" for l1 in store.l1.values()]
    return page("Indicators", intro, *parts)


def _l1_table(store: ContentStore, l1: IndicatorL1) -> str:
    rows = [
        (
            i.no,
            link(i.name_zh, f"indicators/{l1.id}.md#{anchor(_heading(i))}"),
            code(i.id),
            store.l2[i.l2].name_zh,
            percent(i.expert_weight),
            _override(i),
        )
        for i in store.indicators.values()
        if i.l1 == l1.id
    ]
    head = ("No.", "Indicator", "Id", "Second level", "Weight", "Hard rule")
    return f"Weight {percent(l1.expert_weight)}.\n\n{table(head, rows)}"


def _l1_page(store: ContentStore, l1: IndicatorL1) -> str:
    intro = facts(
        [
            ("Id", code(l1.id)),
            ("Weight", percent(l1.expert_weight)),
            ("In SAMR's first edition", l1.samr_v1_l1),
        ]
    )
    parts = [_l2_part(store, l2) for l2 in store.l2.values() if l2.l1 == l1.id]
    return page(f"{l1.name_zh} {l1.name_en}", intro, link("All indicators", "../indicators.md"), *parts)


def _l2_part(store: ContentStore, l2: IndicatorL2) -> str:
    head = f"## {l2.name_zh} {l2.name_en}\n\n`{l2.id}`, {percent(l2.weight_in_l1)} of its node."
    own = [_indicator(store, i) for i in store.indicators.values() if i.l2 == l2.id]
    return "\n\n".join([head, *own])


def _indicator(store: ContentStore, i: Indicator) -> str:
    window = f"{i.window_days} days up to and including D, by `{i.date_col}`" if i.window_days else ""
    absent = "counts as 0" if i.absent == "zero" else "missing points"
    sources = ", ".join(link(s, f"../sources/{s}.md") if s in store.sources else s for s in i.source)
    listed = facts(
        [
            ("Measure", f"{code(i.measure)} of {_table_link(store, i.table)}"),
            ("Rows that count", code(i.filter) if i.filter != "true" else ""),
            ("Window", window or (f"up to and including D, by `{i.date_col}`" if i.date_col else "")),
            ("Applies to", code(i.applies_to) if i.applies_to != "true" else ""),
            ("No row", f"{absent}; NULL: {i.missing} points"),
            ("Bins", f"{_bins(i)} ({_DIRECTIONS[i.direction]})"),
            ("Weight", f"{percent(i.expert_weight)} of all, {percent(i.weight_in_l2)} of its second level"),
            ("Hard rule", _override(i)),
            ("Basis", i.basis),
            ("Sources", f"{sources} (the first decides whether the indicator is connected)"),
            ("Owner", i.owner),
        ]
    )
    text = "\n".join(part for part in (i.definition, i.definition_zh) if part)
    return f"### {_heading(i)}\n\n{text}\n\n{listed}"


def _heading(i: Indicator) -> str:
    return f"{i.no} {i.name_zh} {i.id}"


def _bins(i: Indicator) -> str:
    unit = "" if i.unit == "0/1" else f" {i.unit}"
    parts = [f"≤ {number(bound)}{unit} → {points}" for bound, points in i.bins if bound is not None]
    last = i.bins[-1][1]
    return "; ".join([*parts, f"more → {last}" if parts else f"any → {last}"])


def _override(i: Indicator) -> str:
    if i.override is None:
        return ""
    what = "sets" if i.override.mode == "set" else "not better than"
    return f"{what} {i.override.grade} when {i.override.when}"


def _table_link(store: ContentStore, name: str) -> str:
    if name in store.derived:
        return link(f"`{name}`", f"../tables/derived.md#{anchor(name)}")
    file = store.places["standard_table", name].file.removeprefix("standard/").removesuffix(".yaml")
    return link(f"`{name}`", f"../tables/{file}.md#{anchor(name)}")
