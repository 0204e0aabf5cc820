"""Exchange tables and watermarks, on a real PostgreSQL and a real MariaDB."""

from __future__ import annotations

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import oracle

from tests.pull.conftest import Open
from tests.pull.desk import feed_of, penalties, rows_of, with_pull
from tests.pull.servers import Cutter
from yuheng.content import ContentStore
from yuheng.content.schema import Feed, TablePull
from yuheng.intake.pull import table, try_source
from yuheng.simulate.counterparts.base import Access
from yuheng.simulate.counterparts.database import DatabaseCounterpart

FEED = ("S-PUN", "penalty")
TABLE = "ex_pun_penalty"


@pytest.fixture(params=["postgres", pytest.param("mariadb", marks=pytest.mark.servers)])
def url(request: pytest.FixtureRequest) -> str:
    """Address of a database's administrator."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def feed(store: ContentStore) -> Feed:
    return feed_of(store, *FEED)


def _serve(url: str, feed: Feed, rows: pa.Table) -> tuple[Access, sa.Engine]:
    """A counterpart with one feed, and a way into its database."""
    counterpart = DatabaseCounterpart("S-PUN", [(feed, rows)], url)
    (access,) = counterpart.start()
    return Access(access.name, {**access.fields, "wait": 0.01}, access.secret), counterpart._engine


def _run(engine: sa.Engine, sql: str) -> list[tuple[object, ...]]:
    with engine.begin() as con:
        found = con.exec_driver_sql(sql)
        return [tuple(row) for row in found] if found.returns_rows else []


def _insert(engine: sa.Engine, feed: Feed, rows: pa.Table, low: int) -> None:
    from yuheng.simulate.counterparts.database import exchange_table

    values = [{"ex_id": n, **row} for n, row in enumerate(rows.to_pylist(), start=low)]
    with engine.begin() as con:
        con.execute(exchange_table(feed).insert(), values)


def test_rows_come_over_once_and_are_marked(opened: Open, url: str, feed: Feed) -> None:
    access, engine = _serve(url, feed, rows_of(feed, penalties(1, 31)))
    here = opened(access)
    report = here.pull()
    assert [(one.rows, one.error) for one in report.feeds if one.feed == "penalty"] == [(30, "")]
    assert here.take().counts["whole"] == 30
    assert _run(engine, f"select count(*) from {TABLE} where taken = 1") == [(30,)]
    assert not here.inbox(*FEED)
    again = here.pull()
    assert sum(one.rows for one in again.feeds) == 0
    assert not here.inbox(*FEED)


def test_equal_to_the_file_way(opened: Open, url: str, feed: Feed) -> None:
    from yuheng.intake.pull.writer import write

    rows = rows_of(
        feed, [*penalties(1, 60), *penalties(20, 30, PENAM="1.00", UPDATETIME="2024-02-01"), *penalties(5, 9)]
    )
    access, _ = _serve(url, feed, rows)
    here, there = opened(access), opened(name="there")
    path = there.deployment.inbox / "S-PUN" / "penalty" / "penalty_1.csv"
    path.parent.mkdir(parents=True)
    write(rows, feed, path)
    for one in (here, there):
        one.pull()
        one.take()
    assert here.table("ent_penalty").num_rows == 69
    assert here.table("ent_penalty").equals(there.table("ent_penalty"))


def test_pages_of_a_few_rows(opened: Open, url: str, feed: Feed) -> None:
    access, _ = _serve(url, feed, rows_of(feed, penalties(1, 26)))
    here = opened(Access(access.name, {**access.fields, "page_size": 10}, access.secret))
    report = next(one for one in here.pull().feeds if one.feed == "penalty")
    assert (len(report.files), report.rows) == (3, 25)
    assert report.files == sorted(report.files)
    assert here.take().counts["whole"] == 25


def test_rows_committed_late_below_the_mark_are_not_lost(opened: Open, url: str, feed: Feed) -> None:
    """A row whose number lies between taken ones, committed after they were read, is neither marked nor missed."""
    access, engine = _serve(url, feed, rows_of(feed, penalties(1, 11)))
    _run(engine, f"delete from {TABLE} where ex_id = 5")
    here = opened(access)
    here.pull()
    _insert(engine, feed, rows_of(feed, penalties(5, 6)), 5)
    assert _run(engine, f"select taken from {TABLE} where ex_id = 5") == [(0,)]
    here.pull()
    here.take()
    assert here.table("ent_penalty").num_rows == 10


def test_killed_before_the_rows_were_marked(opened: Open, url: str, feed: Feed) -> None:
    """The file is in the inbox, the table says not taken: the rows come again and count as duplicates."""
    access, engine = _serve(url, feed, rows_of(feed, penalties(1, 21)))
    here = opened(access)
    here.pull()
    _run(engine, f"update {TABLE} set taken = 0")
    here.pull()
    assert len(here.inbox(*FEED)) == 1, "the same range gives the same name and bytes"
    here.take()
    _run(engine, f"update {TABLE} set taken = 0 where ex_id > 15")
    here.pull()
    counts = here.take().counts
    assert (counts["duplicate"], counts["whole"]) == (5, 0)
    assert here.table("ent_penalty").num_rows == 20


def test_out_of_order_and_twice(opened: Open, url: str, feed: Feed) -> None:
    new, old = penalties(1, 6, PENAM="9.00", UPDATETIME="2024-03-01"), penalties(1, 6)
    access, _ = _serve(url, feed, rows_of(feed, [*new, *old, *old, *new]))
    here, there = opened(access), opened(name="there")
    here.pull()
    here.take()
    ordered, _ = _serve(url, feed, rows_of(feed, [*old, *new]))
    with_order = opened(ordered, name="there")
    with_order.pull()
    with_order.take()
    assert here.table("ent_penalty").equals(with_order.table("ent_penalty"))
    assert there.table("ent_penalty").num_rows == 10


def test_the_connection_breaks_off_in_the_middle(opened: Open, url: str, feed: Feed) -> None:
    access, engine = _serve(url, feed, rows_of(feed, penalties(1, 1001)))
    way = Cutter(int(sa.make_url(url).port or 0), after=20_000, times=4)
    try:
        direct = sa.make_url(str(access.fields["url"]))
        through = direct.set(port=way.port).render_as_string()
        here = opened(
            Access(access.name, {**access.fields, "url": through, "page_size": 400, "tries": 8}, access.secret)
        )
        report = next(one for one in here.pull().feeds if one.feed == "penalty")
        assert (report.error, report.rows) == ("", 1000)
        assert way.cuts
    finally:
        way.close()
    assert here.take().counts["whole"] == 1000
    assert _run(engine, f"select count(*) from {TABLE} where taken = 0") == [(0,)]


@pytest.mark.parametrize("fault", ["password", "port", "database"])
def test_a_database_that_does_not_let_us_in(opened: Open, url: str, feed: Feed, fault: str) -> None:
    access, _ = _serve(url, feed, rows_of(feed, penalties(1, 3)))
    made = sa.make_url(str(access.fields["url"]))
    changed = {"port": made.set(port=1), "database": made.set(database="nowhere")}.get(fault, made)
    secret = "wrong" if fault == "password" else access.secret
    fields = {**access.fields, "url": changed.render_as_string(), "tries": 2}
    here = opened(Access(access.name, fields, secret))
    errors = {one.error for one in here.pull().feeds}
    says = {"password": "refuses the login", "port": "no connection", "database": "refuses"}[fault]
    assert all(says in error for error in errors), errors
    assert not any("wrong" in e or access.secret in e for e in errors)
    tested = next(t for t in try_source(here.deployment, here.store, "S-PUN") if t.feed == "penalty")
    assert not tested.sound
    assert tested.findings[-1].todo


def test_a_sound_connection_is_told(opened: Open, url: str, feed: Feed) -> None:
    access, engine = _serve(url, feed, rows_of(feed, penalties(1, 5)))
    here = opened(access)
    tested = next(t for t in try_source(here.deployment, here.store, "S-PUN") if t.feed == "penalty")
    assert tested.sound, tested.findings
    assert _run(engine, f"select count(*) from {TABLE} where taken = 1") == [(0,)], "a look takes nothing"


def test_a_right_that_is_missing_is_told(opened: Open, url: str, feed: Feed) -> None:
    access, engine = _serve(url, feed, rows_of(feed, penalties(1, 5)))
    who = "yuheng_s_pun" if engine.dialect.name == "postgresql" else "'yuheng_s_pun'@'%%'"
    _run(engine, f"revoke update (taken) on {TABLE} from {who}")
    here = opened(access)
    report = next(one for one in here.pull().feeds if one.feed == "penalty")
    assert "refuses the statement" in report.error
    assert len(here.inbox(*FEED)) == 1, "the rows are safe all the same; they come again until they can be marked"
    tested = next(t for t in try_source(here.deployment, here.store, "S-PUN") if t.feed == "penalty")
    assert not tested.sound


def test_a_column_more_less_renamed_or_of_another_type(opened: Open, url: str, feed: Feed) -> None:
    access, engine = _serve(url, feed, rows_of(feed, penalties(1, 6)))
    _run(engine, f"alter table {TABLE} add column extra varchar(20) default 'x'")
    here = opened(access)
    (report,) = (one for one in here.pull().feeds if one.feed == "penalty")
    assert report.rows == 5
    assert any("extra" in f.text for f in report.findings)
    old, new = ('"PENAM"', '"AMOUNT"') if engine.dialect.name == "postgresql" else ("PENAM", "AMOUNT")
    _insert(engine, feed, rows_of(feed, penalties(6, 8)), 6)
    _run(engine, f"alter table {TABLE} rename column {old} to {new}")
    (report,) = (one for one in here.pull().feeds if one.feed == "penalty")
    assert "missing: PENAM" in report.error
    assert "AMOUNT" in report.error
    assert report.rows == 0
    _run(engine, f"alter table {TABLE} rename column {new} to {old}")
    kind = 'type numeric using "PENAM"::numeric' if engine.dialect.name == "postgresql" else ""
    change = f"alter column {old} {kind}" if kind else "modify column PENAM decimal(18, 2)"
    _run(engine, f"alter table {TABLE} {change}")
    assert sum(one.rows for one in here.pull().feeds) == 2
    assert here.take().counts["whole"] == 7


def test_an_exchange_table_whose_number_became_a_text(opened: Open, url: str, feed: Feed) -> None:
    access, engine = _serve(url, feed, rows_of(feed, penalties(1, 4)))
    kind = "alter column ex_id type text" if engine.dialect.name == "postgresql" else "modify column ex_id varchar(20)"
    _run(engine, f"alter table {TABLE} {kind}")
    _run(engine, f"update {TABLE} set ex_id = 'a7' where ex_id = '3'")
    here = opened(access)
    (report,) = (one for one in here.pull().feeds if one.feed == "penalty")
    assert "is no whole number" in report.error
    assert not here.inbox(*FEED)


# ── watermarks without an exchange ──────────────────────────────────────────────────────────────────────────────────


def test_a_view_read_by_its_time(opened: Open, url: str, feed: Feed, store: ContentStore) -> None:
    """Rows of the same moment on both sides of a page's end; what comes later at that moment with a higher key."""
    access, engine = _serve(url, feed, rows_of(feed, penalties(1, 26)))
    who = "yuheng_s_pun" if engine.dialect.name == "postgresql" else "'yuheng_s_pun'@'%%'"
    stamp = "timestamp '2024-01-05 08:00:00.25'"
    _run(engine, f"update {TABLE} set ex_time = {stamp} where ex_id > 3")
    _run(engine, "drop view if exists v_penalty")
    _run(engine, f"create view v_penalty as select * from {TABLE}")
    _run(engine, f"grant select on v_penalty to {who}")
    pull = TablePull(kind="table", table="v_penalty", mark="ex_time", number=False, key="ex_id", envelope=["taken"])
    content = with_pull(store, *FEED, pull)
    here = opened(Access(access.name, {**access.fields, "page_size": 10}, access.secret), content=content)
    report = next(one for one in here.pull().feeds if one.feed == "penalty")
    assert (report.error, report.rows, len(report.files)) == ("", 25, 3)
    _insert(engine, feed, rows_of(feed, penalties(26, 28)), 26)
    _run(engine, f"update {TABLE} set ex_time = {stamp} where ex_id = 26")
    _run(engine, f"update {TABLE} set ex_time = null where ex_id = 27")
    report = next(one for one in here.pull().feeds if one.feed == "penalty")
    assert report.rows == 1
    assert any("没有 ex_time" in f.text for f in report.findings)
    assert here.take().counts["whole"] == 26
    _run(engine, "drop view v_penalty")


def test_late_rows_are_seen_by_an_overlap(opened: Open, url: str, feed: Feed, store: ContentStore) -> None:
    access, engine = _serve(url, feed, rows_of(feed, penalties(1, 21)))
    _run(engine, f"delete from {TABLE} where ex_id = 18")
    pull = TablePull(kind="table", table=TABLE, mark="ex_id", envelope=["ex_time", "taken"], overlap=5)
    here = opened(access, content=with_pull(store, *FEED, pull))
    here.pull()
    here.take()
    here.pull()
    repeated = here.take()
    assert repeated.counts["whole"] == 0
    _insert(engine, feed, rows_of(feed, penalties(18, 19)), 18)
    here.pull()
    assert here.take().counts["whole"] == 1
    assert here.table("ent_penalty").num_rows == 20


def test_the_same_statements_in_the_dialect_of_oracle_and_dameng() -> None:
    pull = TablePull(kind="table", table="QZK.PENALTY", mark="EX_ID", taken="TAKEN")
    statements = table.Statements(pull, {"CASENO": "CASENO", "PENAM": "AMOUNT"})
    page = str(statements.page(table.Position("7"), 100).compile(dialect=oracle.dialect()))
    assert 'FROM "QZK"."PENALTY"' in page
    assert "FETCH FIRST" in page
    assert 'ORDER BY "QZK"."PENALTY"."EX_ID"' in page
    (update,) = statements.take([1, 2, 3, 9])
    text = str(update.compile(dialect=oracle.dialect()))
    assert text.startswith('UPDATE "QZK"."PENALTY" SET "TAKEN"=')
    assert text.count("BETWEEN") == 2
