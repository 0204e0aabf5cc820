"""The errors of Yuheng, one tree:

YuhengError                     exit code 1: the work could not be done
├── UsageError                  exit code 2: the command was called wrongly
├── SettingsError               yuheng.toml or YUHENG_* is wrong or incomplete
├── ContentError                a content file is invalid (file and line)
│   └── SqlError                SQL in content cannot be parsed, bound or carried to an engine
├── CodeError                   a national code (region, industry, credit code) is wrong
├── CryptoError                 a key is missing, wrong or shredded
├── IntakeError                 an extract cannot be taken as a whole (file)
├── TransportError              a source system cannot be reached, refuses or breaks off (address)
├── LakeError                   a lake table cannot be read or written
│   ├── LeaseLost               another writer holds the table
│   └── CommitConflict          the table moved on while the commit was prepared
├── OfficeError                 the office database refuses (state, rights, two signatures …)
│   └── AuditBroken             the audit chain does not verify
├── DataError                   the data cannot answer (no data at that date, unknown firm …)
└── RatingError                 weights, knots or a model are inconsistent
"""

from __future__ import annotations

from pathlib import Path


def sentence(text: str) -> str:
    """`text` with a full stop where it does not end with a mark of its own.

    >>> sentence("no firm X"), sentence("no firm X."), sentence("未找到。")
    ('no firm X.', 'no firm X.', '未找到。')
    """
    return text if not text or text.rstrip()[-1:] in ".!?…:;。！？：；" else f"{text}."


class YuhengError(Exception):
    """Root of all errors: `what` happened, with which input, and `todo`, what to do about it."""

    exit_code = 1

    def __init__(self, what: str, *, todo: str = "") -> None:
        super().__init__(f"{sentence(what)} {todo}" if todo else what)
        self.what = what
        self.todo = todo


class UsageError(YuhengError):
    """The command was called wrongly."""

    exit_code = 2


class SettingsError(YuhengError):
    """A setting is wrong or missing; the message names every place that was searched."""


class ContentError(YuhengError):
    """A content file is invalid. `path` and `line` (1-based) say where."""

    def __init__(self, what: str, *, path: Path | str, line: int | None = None, todo: str = "") -> None:
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{where}: {what}", todo=todo)
        self.path = str(path)
        self.line = line


class SqlError(ContentError):
    """SQL that cannot be parsed, bound or carried to both engines."""


class CodeError(YuhengError):
    """A national code is malformed or unknown."""


class CryptoError(YuhengError):
    """A key is missing, does not fit, or was shredded."""


class IntakeError(YuhengError):
    """A delivered file cannot be taken at all (encoding, columns, truncation). `path` names it."""

    def __init__(self, what: str, *, path: Path | str, todo: str = "") -> None:
        super().__init__(f"{path}: {what}", todo=todo)
        self.path = str(path)


class TransportError(YuhengError):
    """A source system cannot be reached, refuses, or answers what nobody can read. `where` is its address.

    `kind`: resolve, connect, login, refused (it will not), broken (unreadable or cut off), limit (too large).
    """

    def __init__(self, what: str, *, where: str, kind: str, todo: str = "") -> None:
        super().__init__(f"{where}: {what}", todo=todo)
        self.where = where
        self.kind = kind


class LakeError(YuhengError):
    """A lake table cannot be read or written."""


class LeaseLost(LakeError):  # noqa: N818
    """The writer's lease expired or was taken by another process."""


class CommitConflict(LakeError):  # noqa: N818
    """The table moved on between reading and committing."""


class OfficeError(YuhengError):
    """The office database refuses the step."""


class AuditBroken(OfficeError):  # noqa: N818
    """The audit chain does not verify; `seq` is the first broken row."""

    def __init__(self, what: str, *, seq: int) -> None:
        super().__init__(what, todo="Restore the office database from a backup and compare.")
        self.seq = seq


class DataError(YuhengError):
    """The data cannot answer: nothing known at that date, unknown firm, source not connected."""


class RatingError(YuhengError):
    """Weights, knots or a rating model are inconsistent."""
