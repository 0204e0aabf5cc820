"""The connector of a source's database: a table or view read by its watermark, or an exchange table (前置库)."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from yuheng.content.schema import TablePull
from yuheng.errors import IntakeError, TransportError
from yuheng.intake.pull import probe
from yuheng.intake.pull.columns import compare
from yuheng.intake.pull.connector import Context, Fetched, Finding, Mark
from yuheng.transport.database import Database, split

_MARK, _KEY = "__mark", "__key"
_RUNS = 500
"""Ranges of numbers named in one UPDATE."""
_LOGIN_TODO = "核对连接的 user 和密钥（YUHENG_SECRET_… 或 keys/…secret），并向来源确认账号的权限。"
Column = sa.ColumnClause[object]
_UNTYPED = sa.types.NullType()
"""Values are sent as texts of no type: the database reads them as the type of the column they are compared with."""


def connector(context: Context) -> TableConnector:
    """The connector of a feed read from a database."""
    return TableConnector(context)


@dataclass(frozen=True)
class Position:
    """Where a pull has come to: the mark of the last row, and its key where several rows may share a mark."""

    at: str | None = None
    key: str | None = None

    @classmethod
    def of(cls, mark: Mark | None) -> Position:
        """The stored mark."""
        told = mark or {}
        return cls(*(None if told.get(name) is None else str(told[name]) for name in ("at", "key")))

    def mark(self) -> Mark:
        """To be stored."""
        return {"at": self.at, "key": self.key}

    def before(self, pull: TablePull) -> Position:
        """Where to read from, so that late rows are seen."""
        if self.at is None or not pull.overlap:
            return self
        if pull.number:
            return Position(str(int(self.at) - pull.overlap))
        return Position((dt.datetime.fromisoformat(self.at) - dt.timedelta(seconds=pull.overlap)).isoformat(" "))


class Statements:
    """The SQL of a pull, for any dialect. `columns`: column of the feed → its name in the table."""

    def __init__(self, pull: TablePull, columns: dict[str, str], own: Callable[[str], str] = str) -> None:
        schema, name = split(pull.table)
        self._pull = pull
        self._mark: Column = sa.column(own(pull.mark))
        self._key: Column | None = sa.column(own(pull.key)) if pull.key else None
        self._taken: Column | None = sa.column(own(pull.taken)) if pull.taken else None
        aside = [c for c in (self._mark, self._key, self._taken) if c is not None]
        held = {c.name: c for c in [*(sa.column(real) for real in columns.values()), *aside]}
        self.table = sa.table(name, *held.values(), schema=schema)
        self._columns = [held[real].label(column) for column, real in columns.items()]

    def page(self, after: Position, rows: int) -> sa.Executable:
        """The next rows in their order, with the mark and the key beside the columns of the feed."""
        key = self._mark if self._key is None else self._key
        picked = sa.select(*self._columns, self._mark.label(_MARK), key.label(_KEY)).select_from(self.table)
        picked = picked.where(self._mark.is_not(None))
        if self._taken is not None:
            picked = picked.where(self._taken == _text("0"))
        if after.at is not None:
            beyond = self._mark > _text(after.at)
            if self._key is not None and after.key is not None:
                beyond = beyond | ((self._mark == _text(after.at)) & (self._key > _text(after.key)))
            picked = picked.where(beyond)
        order = [self._mark] if self._key is None else [self._mark, self._key]
        return picked.order_by(*order).limit(rows)

    def unmarked(self) -> sa.Select[int]:
        """How many rows have no mark: no pull ever sees them."""
        return sa.select(sa.func.count()).select_from(self.table).where(self._mark.is_(None))

    def take(self, numbers: Sequence[int]) -> list[sa.Update]:
        """Marks exactly the rows with these numbers as taken, by ranges without a gap: a row that was committed
        meanwhile has a number of none of them."""
        assert self._taken is not None
        base = sa.update(self.table).values({self._taken.name: _text("1")})
        ranges = [self._mark.between(_text(str(a)), _text(str(b))) for a, b in runs(numbers)]
        parts = [ranges[low : low + _RUNS] for low in range(0, len(ranges), _RUNS)]
        return [base.where(sa.or_(*part)) for part in parts]

    def may_take(self) -> sa.Update:
        """Changes nothing, but is refused where rows must not be marked."""
        assert self._taken is not None
        return sa.update(self.table).values({self._taken.name: _text("1")}).where(sa.false())


class TableConnector:
    """Reads pages of rows; an exchange table's rows are marked once they are safe."""

    def __init__(self, context: Context) -> None:
        assert isinstance(context.feed.pull, TablePull)
        self._context = context
        self._pull = context.feed.pull
        self._rows = context.connection.page_size or self._pull.rows
        self._database = Database(context.connection, context.secret)

    def close(self) -> None:
        """Ends the connections."""
        self._database.close()

    def test(self) -> list[Finding]:
        """Name, port, login, clock, the table, and the right to mark rows; ends with the first error."""
        findings = probe.reach(self._context.connection)
        if findings[-1].level == "error":
            return findings
        try:
            now = self._database.now()
            findings.append(Finding("login", "ok", f"登录成功（{self._database.dialect}）"))
            findings.append(probe.clock((now - dt.datetime.now(dt.UTC)).total_seconds()))
            statements = self._statements(self._database.columns(self._pull.table))[0]
            if self._pull.taken:
                self._database.change([statements.may_take()])
                findings.append(Finding("rows", "ok", f"可读取 {self._pull.table}，可标记已取"))
        except TransportError as error:
            step, todo = ("login", _LOGIN_TODO) if error.kind in ("login", "refused") else ("connect", error.todo)
            findings.append(Finding("login" if step == "login" else "connect", "error", error.what, todo))
        except IntakeError as error:
            findings.append(Finding("columns", "error", error.what, error.todo))
        return findings

    def sample(self, rows: int) -> pa.Table:
        """The first rows with the names the table has, renamed as declared."""
        found = self._database.columns(self._pull.table)
        back = {real: column for column, real in self._places(found).items()}
        aside = self._aside(found)
        columns = {back.get(name, name): name for name in found if name in back or name not in aside}
        statements = Statements(self._pull, columns, partial(_own, found))
        return self._database.page(statements.page(Position(), rows)).select(list(columns))

    def fetch(self, mark: Mark | None) -> Iterator[Fetched]:
        """Delivery files of at most `rows` rows, in the order of the mark."""
        statements, told = self._statements(self._database.columns(self._pull.table))
        findings = [*told, *self._unmarked(statements)]
        stored = Position.of(mark)
        at = Position() if self._pull.taken else stored.before(self._pull)
        while True:
            page = self._database.page(statements.page(at, self._rows))
            if not page.num_rows:
                return
            at = self._end(page)
            yield Fetched(
                self._label(page),
                (at if self._later(at, stored) else stored).mark(),
                page.select(self._context.feed.columns),
                taken=self._taker(statements, page),
                findings=tuple(findings),
            )
            findings = []
            if page.num_rows < self._rows:
                return

    def _statements(self, found: Sequence[str]) -> tuple[Statements, tuple[Finding, ...]]:
        """The SQL over the table as it is. Raises IntakeError when a column that is needed is not there."""
        places = self._places(found)
        back = {real: column for column, real in places.items()}
        findings = compare(
            [back.get(name, name) for name in found],
            self._context.feed.columns,
            self._context.name,
            known=self._aside(found),
        )
        own = partial(_own, found)
        for name in filter(None, (self._pull.mark, self._pull.key, self._pull.taken)):
            if own(name) not in found:
                raise IntakeError(
                    f"the table {self._pull.table} has no column {name}.",
                    path=self._context.name,
                    todo="Ask what changed, or mend `mark`, `key` or `taken` of the feed's `pull`.",
                )
        return Statements(self._pull, {c: places[c] for c in self._context.feed.columns}, own), findings

    def _places(self, found: Sequence[str]) -> dict[str, str]:
        """Column of the feed → the name it has in the table, for those that are there."""
        wanted = {c: _own(found, self._pull.rename.get(c, c)) for c in self._context.feed.columns}
        return {c: real for c, real in wanted.items() if real in found}

    def _aside(self, found: Sequence[str]) -> set[str]:
        names = filter(None, (self._pull.mark, self._pull.key, self._pull.taken, *self._pull.envelope))
        return {_own(found, name) for name in names}

    def _unmarked(self, statements: Statements) -> list[Finding]:
        count = self._database.run(lambda con: con.execute(statements.unmarked()).scalar_one())
        if not count:
            return []
        text = f"{self._context.name}：{self._pull.table} 有 {count:,} 行没有 {self._pull.mark}，无法取数。"
        return [Finding("rows", "warning", text, "请来源补全该列。")]

    def _end(self, page: pa.Table) -> Position:
        at, key = (page.column(name)[-1].as_py() for name in (_MARK, _KEY))
        return Position(at, key if self._pull.key else None)

    def _later(self, at: Position, stored: Position) -> bool:
        if stored.at is None or at.at is None:
            return True
        if self._pull.number:
            return int(at.at) > int(stored.at)
        return (at.at, at.key or "") > (stored.at, stored.key or "")

    def _label(self, page: pa.Table) -> str:
        """The range of the page; its rows' digest tells apart what is delivered of a range at different times."""
        low, high = (page.column(_MARK)[place].as_py() for place in (0, -1))
        ends = [f"{number:012d}" for number in self._numbers([low, high])] if self._pull.number else []
        return "-".join([*(ends or (_digits(low), _digits(high))), _digest(page)])

    def _numbers(self, marks: Sequence[str]) -> list[int]:
        try:
            return [int(mark) for mark in marks]
        except ValueError as error:
            raise IntakeError(
                f"the mark {self._pull.mark} of {self._pull.table} is no whole number ({error}).",
                path=self._context.name,
                todo="Ask whether its type changed, or set `number: false` and a `key` in the feed's `pull`.",
            ) from error

    def _taker(self, statements: Statements, page: pa.Table) -> Callable[[], None] | None:
        if self._pull.taken is None:
            return None
        numbers = self._numbers(page.column(_MARK).to_pylist())

        def take() -> None:
            self._database.change(statements.take(numbers))

        return take


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Ranges that hold exactly the given numbers.

    >>> runs([3, 1, 2, 7, 9, 8, 20])
    [(1, 3), (7, 9), (20, 20)]
    """
    sorted_ = np.unique(np.asarray(numbers, np.int64))
    breaks = np.flatnonzero(np.diff(sorted_) > 1)
    starts = sorted_[np.concatenate(([0], breaks + 1))]
    ends = sorted_[np.concatenate((breaks, [len(sorted_) - 1]))]
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]


def _own(found: Sequence[str], name: str) -> str:
    """The name as the table writes it: databases differ in the case of letters."""
    if name in found:
        return name
    return next((one for one in found if one.casefold() == name.casefold()), name)


def _text(value: str) -> sa.BindParameter[str]:
    return sa.bindparam(None, value, type_=_UNTYPED)  # type: ignore[arg-type]


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())[:20] or "0"


def _digest(page: pa.Table) -> str:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, page.schema) as stream:
        stream.write_table(page.combine_chunks())
    return hashlib.sha256(sink.getbuffer()).hexdigest()[:8]
