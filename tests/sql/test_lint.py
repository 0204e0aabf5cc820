"""The portability lint: one example per rule, and what must pass."""

import pytest

from yuheng.sql import lint, parse

REFUSED = [
    ("select date_diff('month', a, b) from t", "date-diff"),
    ("select a / b from t", "division-by-zero"),
    ("select cast(a as double) / b from t", "division-by-zero"),
    ("select a % b from t", "division-by-zero"),
    ("select cast(a / 2 as bigint) from t", "rounding-cast"),
    ("select cast(2.5 as integer)", "rounding-cast"),
    ("select cast(cast(a as double) * 2 as bigint) from t", "rounding-cast"),
    ("select try_cast(a as date) from t", "text-date"),
    ("select try_cast(trim(a) as integer) from t", "text-integer"),
    ("select d + interval 30 day from t", "timestamp"),
    ("select date_trunc('month', d) from t", "timestamp"),
    ("select log(a) from t", "log"),
    ("select quantile_cont(a, 0.5) from t", "quantile"),
    ("select isodow(d) from t", "weekday"),
    ("select extract(dow from d) from t", "weekday"),
    ("select regexp_replace(a, 'x', '') from t", "regexp-first"),
    ("select regexp_matches(a, b) from t", "regexp"),
    ("select a from t asof join u on t.i = u.i and t.d >= u.d", "asof"),
    ("select current_date", "clock"),
    ("select now()", "clock"),
    ("select random()", "chance"),
    ("select hash(a) from t", "hash"),
    ("select any_value(a) from t", "any-row"),
    ("select string_agg(a, ',') from t", "list-order"),
    ("select a from t limit 1", "limit"),
    ("select substr(a, 0, 2) from t", "substr-zero"),
    ("select log10(a) from t", "log"),
    ("select cbrt(a) from t", "cube-root"),
    ("select round(a, 2) from t", "round"),
    ("select isnan(a) from t", "nan"),
    ("select bit_count(a) from t", "bits"),
    ("select monthname(a) from t", "day-name"),
    ("select strftime(a, '%Y%j') from t", "format"),
    ("select strftime(a, b) from t", "format"),
    ("select strptime(a, '%Y') from t", "strptime"),
]


@pytest.mark.parametrize(("sql", "rule"), REFUSED)
def test_what_the_engines_answer_differently_is_refused(sql: str, rule: str) -> None:
    assert [issue.rule for issue in lint(parse(sql))] == [rule]


@pytest.mark.parametrize(
    "sql",
    [
        "select cast(a as double) / nullif(b, 0), date_diff('day', c, d) / 365.25 from t",
        "select a from t where d > date '2024-01-01' - interval 365 day",
        "select cast(d + interval 1 month as date), cast(date_trunc('month', d) as date) from t",
        "select cast(floor(cast(a as double) / 2) as bigint) from t",
        "select string_agg(a, ',' order by a) from t",
        "select arg_max(a, b) from t where regexp_matches(c, '^x$')",
        "select a from t order by a limit 3",
        "select regexp_replace(a, 'x', '', 'g') from t",
        "select round(a), round(cast(a as decimal(18, 6)), 2), strftime(d, '%Y-%m') from t",
    ],
)
def test_portable_sql_passes(sql: str) -> None:
    assert lint(parse(sql)) == []


def test_an_issue_knows_its_line() -> None:
    (issue,) = lint(parse("select\n  1,\n  log(a)\nfrom t"))
    assert (issue.rule, issue.line) == ("log", 3)
