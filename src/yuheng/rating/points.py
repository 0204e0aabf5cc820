"""Values -> points -> raw score, as SQL for all firms: the part of a rating that needs no calibration.

Weights are whole units (`yuheng.rating.units`) held in doubles; Σ w·p and Σ w are whole numbers below 2**53, so they
are exact on every engine and in any order. (BIGINT would be slower: its every step is checked for overflow.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yuheng.rating.card import Card, Rule
from yuheng.rating.sqltext import case_when, chain, number


@dataclass(frozen=True)
class ScoreInputs:
    """Names of the tables or views a scoring run reads.

    values    ent_id, v_<id> DOUBLE, c_<id> TINYINT (indicator floor)
    spine     ent_id, uscc, region_code (ent_base); None -> both are NULL
    previous  ent_id, grade_model of the last release, for the hysteresis; None -> off
    manual    ent_id, grade, valid_from, valid_to (exclusive), decision_id; None -> nobody
    national  ent_id, grade, grade_month as known at D; None -> no national grade
    where     SQL over `t` (the values) that picks the firms of the grading
    named     `values` also holds uscc and region_code; then no spine is needed
    rounded   the values are rounded to nine digits already, as the indicator floor writes them
    """

    values: str
    spine: str | None = None
    previous: str | None = None
    manual: str | None = None
    national: str | None = None
    where: str = "true"
    named: bool = False
    rounded: bool = False


def points_sql(card: Card, inputs: ScoreInputs) -> str:
    """ent_id and p_<id> of all firms: what weights are fitted on, before there is a model. Macro used: round9."""
    columns = ",\n".join(f"  {_points(rule)} as p_{rule.id}" for rule in card.rules)
    return chain([("rounded", _rounded(card, inputs))], f"select t.ent_id,\n{columns}\nfrom rounded t")


def calibration_sql(card: Card, weights: Mapping[str, int], inputs: ScoreInputs) -> str:
    """score_raw and trigger_rank (0 = no override, else rank of its grade) of all firms: the input of `calibrate`."""
    return chain(raw_steps(card, weights, inputs), "select t.ent_id, t.score_raw, t.trigger_rank from raw t")


def sample_sql(card: Card, weights: Mapping[str, int], inputs: ScoreInputs, firms: int) -> str:
    """ent_id, p_<id> and trigger_rank of at most `firms` scored firms, picked by the hash of their id."""
    points = ", ".join(f"t.p_{i}" for i in card.ids)
    return chain(
        raw_steps(card, weights, inputs),
        f"select t.ent_id, {points}, t.trigger_rank from raw t where t.score_raw is not null "
        f"order by hash63(cast(t.ent_id as varchar)), t.ent_id limit {firms}",
    )


def raw_steps(card: Card, weights: Mapping[str, int], inputs: ScoreInputs) -> list[tuple[str, str]]:
    """The named steps up to `raw`: ent_id, p_<id>, trigger_rank, trigger_ids, applicable, used, score_raw, coverage."""
    return [
        ("rounded", _rounded(card, inputs)),
        ("pointed", _pointed(card, weights, inputs)),
        ("summed", _summed(card, weights)),
        ("raw", _raw()),
    ]


def _rounded(card: Card, inputs: ScoreInputs) -> str:
    values = ", ".join(f"t.v_{i}" if inputs.rounded else f"round9(t.v_{i}) as v_{i}" for i in card.ids)
    cases = ", ".join(f"t.c_{i}" for i in card.ids)
    names = ", ".join(f"t.{n}" for n in _names(inputs))
    return f"  select {names}, {values}, {cases} from {inputs.values} t where {inputs.where}"


def _names(inputs: ScoreInputs) -> list[str]:
    return ["ent_id", "uscc", "region_code"] if inputs.named else ["ent_id"]


def _points(rule: Rule) -> str:
    value, case = f"t.v_{rule.id}", f"t.c_{rule.id}"
    bins = case_when(value, rule.bounds, rule.points, "<=")
    return (
        f"cast(case when {case} <= 1 and {value} is not null then {bins} "
        f"when {case} <= 3 then {rule.missing} else null end as tinyint)"
    )


def _pointed(card: Card, weights: Mapping[str, int], inputs: ScoreInputs) -> str:
    points = "".join(f"\n    {_points(rule)} as p_{rule.id}," for rule in card.rules)
    rank, names = _triggers(card)
    outside = " + ".join(f"case when t.c_{i} = 4 then {number(weights[i])} else 0e0 end" for i in card.ids)
    return (
        f"  select {', '.join(f't.{n}' for n in _names(inputs))},{points}\n"
        f"    {rank} as trigger_rank,\n    {names} as trigger_ids,\n"
        f"    {number(sum(weights.values()))} - ({outside}) as applicable\n  from rounded t"
    )


def _triggers(card: Card) -> tuple[str, str]:
    """SQL of the worst rank any override demands, and of the ids of the overrides that fired."""
    hard = [
        (rule.id, rule.trigger[1], f"t.c_{rule.id} <= 1 and t.v_{rule.id} >= {number(rule.trigger[2])}")
        for rule in card.rules
        if rule.trigger
    ]
    if not hard:
        return "0", "cast(null as varchar)"
    ranks = ", ".join(f"case when {fired} then {rank} else 0 end" for _, rank, fired in hard)
    names = ", ".join(f"case when {fired} then '{name}' end" for name, _, fired in hard)
    return f"greatest(0, {ranks})", f"nullif(concat_ws(',', {names}), '')"


def _summed(card: Card, weights: Mapping[str, int]) -> str:
    weighed = " + ".join(
        f"cast(coalesce(t.p_{i}, cast(0 as tinyint)) as double) * {number(weights[i])}" for i in card.ids
    )
    used = " + ".join(f"case when t.p_{i} is null then 0e0 else {number(weights[i])} end" for i in card.ids)
    return f"  select t.*,\n    {weighed} as weighed,\n    {used} as used\n  from pointed t"


def _raw() -> str:
    return (
        "  select t.*,\n    floor(t.weighed * 10e0 / nullif(t.used, 0e0)"
        " * 1e6 + 0.5e0) / 1e6 as score_raw,\n"
        "    coalesce(round9(t.used / nullif(t.applicable, 0e0)), 0e0) as coverage\n"
        "  from summed t"
    )
