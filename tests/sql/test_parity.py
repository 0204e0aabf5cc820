"""What content may say means the same on DuckDB and on Spark: every mend of `dialects` and the agreed constructs."""

from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.spark import spark_session
from yuheng.sql import compile_sql

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

EXPRESSIONS = [
    "hash63('中文')",
    "cast(10 as decimal(18, 6)) / cast(3 as decimal(18, 6))",
    "10.0 / 3",
    "7 // 2 + mod(-7, 3)",
    "floor(cast(-2.5 as double)) + ceil(cast(2.1 as double))",
    "cast(floor(cast(2.7 as double)) as bigint)",
    "trim('\u3000 a\u00a0') || '|' || ltrim('\u2003b ') || '|' || rtrim(' c\u3000') || trim('xxdxx', 'x')",
    "regexp_replace('a1b2', '([a-z])', '\\1-$', 'g')",
    "regexp_matches('abc' || chr(10), '^abc$')",
    "regexp_matches('a' || chr(13) || 'b', '^a.b$')",
    "regexp_full_match('12', '1|12')",
    "regexp_extract('x12y', '[0-9]+') || regexp_extract('xy', '([0-9]+)', 1)",
    "regexp_replace('[a$b]', '[$\\]]', '_', 'g')",
    "greatest(1, null, 3) + least(4, null, 2)",
    "concat('a', null, 'b') || concat_ws('|', 'c', null, 'd')",
    "'a' || null",
    "strpos('中文字', '字') + strpos('abc', 'z')",
    "date_diff('day', date '2024-01-01', date '2024-03-01')",
    "date '2024-01-01' + 30",
    "cast(date '2024-01-31' + interval 1 month as date)",
    "cast(date_trunc('month', date '2024-01-31') as date)",
    "last_day(date '2024-02-01')",
    "strftime(date '2024-01-31', '%Y%m')",
    "cast(cast('0.0000005' as decimal(28, 8)) as decimal(18, 6))",
    "try_cast('1.0E7' as decimal(18, 6))",
    "substr('中文字', 2, 1) || left('abc', 2) || right('abc', 1) || lpad('5', 3, '0') || split_part('a|b', '|', 2)",
    "translate('ＡＢ１', 'ＡＢ１２', 'AB12')",
    "round(cast(2.5 as double)) + round(cast(-2.5 as double))",
    "upper('straße ﬁn ŉ ᾳ ǆ ı i') || lower('ΑΣ İI ẞ Σ')",
    "upper('abc') || coalesce(upper(null), 'null')",
    "'a\\b' like 'a\\b'",
    "'a\\b' like concat('a\\', '%')",
    "'a%b' not like 'a\\%b'",
    "'50%' like '50!%' escape '!'",
    "'Ab' ilike concat('a', '_')",
    "concat(1, null, 2.50, 'x', date '2024-01-01', true)",
    "7 || 'a' || 1.5",
    "concat_ws('-', 1, null, 'a')",
    "regexp_matches('a' || chr(11), '\\s') or regexp_matches(chr(11), '[\\s]')",
    "regexp_replace('a b' || chr(9) || chr(11) || 'c', '\\s', '_', 'g') || regexp_replace('a b', '\\S', '_', 'g')",
    "regexp_matches('a' || chr(10) || 'b', 'a.b')",
    "case when null is distinct from 1 then 'it''s \\n' end",
]

QUERIES = [
    "select arg_max(a, b) as x, arg_min(a, b) as y from (values (1, 2), (null, 3), (3, 1), (4, null)) t(a, b)",
    "select arg_max(a, b) filter (where a < 3) as x from (values (1, 2), (null, 3), (3, 9)) t(a, b)",
    "select k, arg_max(a, b) over (partition by k) as x from (values (1, 1, 2), (1, null, 3)) t(k, a, b) order by k",
    "select avg(a) as x from (values (cast(1 as decimal(18, 6))), (2), (2)) t(a)",
    "select avg(distinct a) filter (where a < 9) as x from (values (1), (2), (2), (9)) t(a)",
    "select count(distinct a) as n, sum(a) filter (where a > 1) as s from (values (1), (2), (2), (null)) t(a)",
    "select a from (values (1, 2), (1, 3), (2, 1)) t(a, b) "
    "qualify row_number() over (partition by a order by b) = 1 order by a",
    "select a from (values (1, 2), (2, null), (3, 1)) t(a, b) order by b desc",
    "select string_agg(a, ',' order by a desc) as x from (values ('a'), ('b')) t(a)",
    "select a as k, sum(b) as s from (values (1, 2), (1, 3)) t(a, b) group by k having s > 1 order by k",
    "with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select n from r order by n",
    "select sum(a) over (order by d range between interval 30 day preceding and current row) as s "
    "from (values (1, date '2024-01-01'), (2, date '2024-01-15'), (3, date '2024-03-01')) t(a, d) order by d",
    "select u.x from (values ('b,a')) t(s) cross join unnest(string_split(t.s, ',')) as u(x) order by 1",
    "select percent_rank() over (order by a) as p, ntile(2) over (order by a) as q "
    "from (values (1), (2)) t(a) order by a",
]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> "SparkSession":
    return spark_session(tmp_path_factory.mktemp("spark"))


def both(spark: "SparkSession", sql: str) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    duck = duckdb.connect().execute(compile_sql(sql)).fetchall()
    return duck, [tuple(row) for row in spark.sql(compile_sql(sql, dialect="spark")).collect()]


def test_expressions(spark: "SparkSession") -> None:
    # One query: a Spark job per expression would take a minute.
    sql = "select " + ", ".join(f"{text} as x{number}" for number, text in enumerate(EXPRESSIONS))
    (duck,), (sparks,) = both(spark, sql)
    assert dict(zip(EXPRESSIONS, sparks, strict=True)) == dict(zip(EXPRESSIONS, duck, strict=True))


@pytest.mark.parametrize("sql", QUERIES)
def test_queries(spark: "SparkSession", sql: str) -> None:
    duck, sparks = both(spark, sql)
    assert sparks == duck
