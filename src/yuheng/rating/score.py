"""Raw score -> calibrated score -> grade as one generated SELECT for all firms (domain §1.2).

Scores are rounded *down* to six digits, after a slack of 1e-9, so that rounding can never carry a firm over a cut.
`yuheng.rating.single` does the same for one firm; both agree bit for bit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from yuheng.content.schema import Grading
from yuheng.rating.card import Card
from yuheng.rating.model import Knots, Model
from yuheng.rating.points import ScoreInputs, raw_steps
from yuheng.rating.sqltext import case_when, chain, day, number


def score_sql(
    card: Card,
    model: Model,
    grading: Grading,
    inputs: ScoreInputs,
    *,
    as_of: dt.date,
    columns: Sequence[str] | None = None,
    percentile: bool = True,
) -> str:
    """The SELECT that rates every firm of `inputs.values`: one row per firm, columns of rating/grade.

    `columns` are the indicators whose p_<id> appear (default: the card's); those not on the card are NULL, so that the
    results of several gradings can be united. `percentile` is the share (in percent) of the other firms of the grading
    with a lower score. Macro used: round9. Raises RatingError when model and card do not match.
    """
    inner = decided_sql(card, model, grading, inputs, as_of=as_of, columns=columns, percentile=percentile)
    shown = shown_columns(card, model, columns or card.ids, as_of=as_of)
    return f"select {', '.join(f'{sql} as {name}' for name, sql in shown.items())}\nfrom ({inner}) t"


def decided_sql(
    card: Card,
    model: Model,
    grading: Grading,
    inputs: ScoreInputs,
    *,
    as_of: dt.date,
    columns: Sequence[str] | None = None,
    percentile: bool = True,
) -> str:
    """As `score_sql`, with ranks for grades and without what is the same for all: narrow enough to be sorted.

    `shown_columns` over it are the columns of rating/grade.
    """
    model.check(card)
    steps = [
        *raw_steps(card, model.weights, inputs),
        ("calibrated", _calibrated(model.knots)),
        ("ranked", _ranked(card, inputs)),
        ("decided", _decided(card, grading, inputs, as_of)),
        ("merged", _merged()),
        *(_PLACES if percentile else []),
    ]
    return chain(steps, _select(card, grading, inputs, columns or card.ids, percentile))


def _calibrated(knots: Knots) -> str:
    pieces = [f"{number(s0)} + (t.score_raw - {number(r0)}) * {number(slope)}" for r0, s0, slope in knots.pieces]
    mapped = case_when("t.score_raw", knots.raw[1:-1], pieces, "<")
    least = f"floor(least({mapped}, {number(knots.score[-1])}) * 1e6 + 1e-3) / 1e6"
    return f"  select t.*,\n    case when t.score_raw is not null then {least} end as score_model\n  from raw t"


def _ranked(card: Card, inputs: ScoreInputs) -> str:
    rank, join = _rank("t.score_model", card), ""
    if inputs.previous and card.hysteresis > 0:
        held = _rank(f"(t.score_model + {number(card.hysteresis)})", card)
        rank = f"greatest({rank}, least(coalesce({_rank_of('h.grade_model', card)}, 0), {held}))"
        join = f" left join {inputs.previous} h on h.ent_id = t.ent_id"
    between = [r + 0.5 for r in range(len(card.lowers) - 1)]
    floor = case_when("t.trigger_rank", between, [number(x) for x in card.lowers], "<")
    return (
        f"  select t.*,\n    case when t.score_model is not null then greatest(t.score_model, {floor}) end as score,\n"
        f"    case when t.score_model is not null then greatest({rank}, t.trigger_rank) end as model_rank\n"
        f"  from calibrated t{join}"
    )


def _decided(card: Card, grading: Grading, inputs: ScoreInputs, as_of: dt.date) -> str:
    manual = national = "cast(null as integer)"
    joins = ""
    if inputs.manual:
        manual = _rank_of("m.grade", card)
        joins += f"\n  left join ({in_force_sql(inputs.manual, grading.manual_months, as_of)}) m on m.ent_id = t.ent_id"
    if inputs.national:
        national = _rank_of("n.grade", card)
        joins += f"\n  left join ({latest_sql(inputs.national)}) n on n.ent_id = t.ent_id"
    return f"  select t.*, {manual} as manual_rank, {national} as national_rank\n  from ranked t{joins}"


def in_force_sql(table: str, months: int, as_of: dt.date) -> str:
    """The manual adjustment in force at D, never longer than `months`; of several the one decided last."""
    at = day(as_of)
    return (
        "select x.ent_id, x.grade from (select ent_id, grade, row_number() over "
        f"(partition by ent_id order by valid_from desc, decision_id desc) as place from {table} "
        f"where valid_from <= {at} and valid_to > {at} "
        f"and cast(valid_from + interval '{months}' month as date) > {at}) x where x.place = 1"
    )


def latest_sql(table: str) -> str:
    """The national grade of the latest month of each firm."""
    return (
        "select x.ent_id, x.grade from (select ent_id, grade, row_number() over "
        f"(partition by ent_id order by grade_month desc, grade desc) as place from {table}) x where x.place = 1"
    )


def _merged() -> str:
    # Neither the score nor an officer may give the best grade while an override fact is open (§1.2, positive list).
    return (
        "  select t.*,\n    case when t.manual_rank is null then t.model_rank "
        "when t.trigger_rank > 0 then greatest(t.manual_rank, 1) else t.manual_rank end as final_rank\n"
        "  from decided t"
    )


def _with_national(card: Card, grading: Grading) -> str:
    if grading.national_merge == "stricter":
        return "greatest(t.final_rank, coalesce(t.national_rank, t.final_rank))"
    cells = [
        f"when t.final_rank = {card.grades.index(ours)} and t.national_rank = {card.grades.index(theirs)} "
        f"then {card.grades.index(merged)}"
        for ours, row in grading.national_fused.items()
        for theirs, merged in row.items()
    ]
    if grading.national_merge == "fused" and cells:
        return f"case {' '.join(cells)} else t.final_rank end"
    return "t.final_rank"


def shown_columns(card: Card, model: Model, columns: Sequence[str], *, as_of: dt.date) -> dict[str, str]:
    """Column of rating/grade -> SQL over `t`, a row of `decided_sql`, in the table's order."""
    named = {
        "grading": f"'{card.grading}'",
        "insufficient": f"cast(case when t.coverage < {number(card.coverage_min)} then 1 else 0 end as smallint)",
        "override_grade": f"case when t.trigger_rank > 0 then {_letter('t.trigger_rank', card)} end",
        "grade_model": _letter("t.model_rank", card),
        "grade_manual": _letter("t.manual_rank", card),
        "grade_final": _letter("t.final_rank", card),
        "national_grade": _letter("t.national_rank", card),
        "grade_merged": _letter("t.merged_rank", card),
        "as_of": day(as_of),
        "model_version": f"'{model.version}'",
        "content_version": f"'{model.content_version}'",
    }
    names = [*_BEFORE, *(f"p_{i}" for i in columns), *_AFTER]
    return {name: named.get(name, f"t.{name}") for name in names}


_BEFORE = ["ent_id", "uscc", "region_code", "grading"]
_AFTER = [
    *("score_raw", "score", "coverage", "insufficient", "trigger_ids", "override_grade", "grade_model"),
    *("grade_manual", "grade_final", "national_grade", "grade_merged", "percentile"),
    *("as_of", "model_version", "content_version"),
]
_PLACES = [
    ("counted", "  select score, cast(count(*) as double) as firms from merged where score is not null group by score"),
    # Share of the other firms with a lower score. Ranking the distinct scores is far cheaper than the wide rows.
    (
        "placed",
        "  select score, floor((sum(firms) over (order by score) - firms)"
        " / nullif(sum(firms) over () - 1e0, 0e0) * 1e6 + 0.5e0) / 1e4 as percentile from counted",
    ),
]


_RANKS = ("trigger_rank", "model_rank", "manual_rank", "final_rank", "national_rank")


def _select(card: Card, grading: Grading, inputs: ScoreInputs, columns: Sequence[str], percentile: bool) -> str:
    known = set(card.ids)
    points = [f"t.p_{i}" if i in known else f"cast(null as tinyint) as p_{i}" for i in columns]
    source = "t" if inputs.named else "s" if inputs.spine else ""
    names = [f"{source}.{n}" if source else f"cast(null as varchar) as {n}" for n in ("uscc", "region_code")]
    ranks = {**{n: f"t.{n}" for n in _RANKS}, "merged_rank": _with_national(card, grading)}
    small = [f"cast({sql} as tinyint) as {n}" for n, sql in ranks.items()]
    place = f"{'w.percentile' if percentile else 'cast(null as double)'} as percentile"
    scores = [f"t.{n}" for n in ("score_raw", "score", "coverage", "trigger_ids")]
    join = " left join placed w on w.score = t.score" if percentile else ""
    join += f" left join {inputs.spine} s on s.ent_id = t.ent_id" if inputs.spine and not inputs.named else ""
    return f"select {', '.join(['t.ent_id', *names, *points, *scores, place, *small])}\nfrom merged t{join}"


def _rank(score: str, card: Card) -> str:
    return case_when(score, card.lowers[1:], range(len(card.lowers)), "<")


def _rank_of(letter: str, card: Card) -> str:
    branches = " ".join(f"when '{g}' then {k}" for k, g in enumerate(card.grades))
    return f"case {letter} {branches} else null end"


def _letter(rank: str, card: Card) -> str:
    branches = " ".join(f"when {k} then '{g}'" for k, g in enumerate(card.grades))
    return f"case {rank} {branches} else null end"
