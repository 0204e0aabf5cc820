"""Opening: the schema is the declared one, settings of SQLite hold, wrong addresses and keys are told."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import yuheng.office
from yuheng.errors import OfficeError
from yuheng.office import Office, open_office
from yuheng.office.database import Database
from yuheng.office.migrate import HEAD, revision, upgraded
from yuheng.office.tables import metadata

from .conftest import KEY, Attack, workers


def test_the_migrations_make_the_declared_schema(url: str, office: Office) -> None:
    database = Database(url)
    with database.read() as con:
        assert compare_metadata(MigrationContext.configure(con, opts={"compare_type": True}), metadata) == []
        assert revision(con) == HEAD
    database.close()


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "yuheng.office:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrations_can_be_taken_back(url: str, office: Office) -> None:
    from alembic import command

    database = Database(url)
    config = Config()
    config.set_main_option("script_location", "yuheng.office:migrations")
    config.set_main_option("path_separator", "os")
    with database.write() as con:
        config.attributes["connection"] = con
        command.downgrade(config, "base")
    with database.read() as con:
        assert [name for name in sa.inspect(con).get_table_names() if name != "alembic_version"] == []
    with upgraded(database) as (con, before):
        assert before is None
        assert revision(con) == HEAD
    database.close()


def test_opening_again_keeps_what_is_there(url: str, office: Office) -> None:
    office.audit.append(actor="李娜", action="note", subject="x")
    with open_office(url, audit_key=KEY, create=False) as again:
        assert again.audit.verify() == 1


def test_an_office_that_is_missing_or_empty_is_told(url: str) -> None:
    with pytest.raises(OfficeError, match=r"no office database|schema None"):
        open_office(url, audit_key=KEY, create=False)
    if url.startswith("sqlite"):
        assert not Path(url.removeprefix("sqlite:///")).exists()


def test_a_newer_schema_is_refused(url: str, office: Office, attack: Attack) -> None:
    attack("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(OfficeError, match="newer Yuheng"):
        open_office(url, audit_key=KEY)


def test_another_audit_key_is_refused(url: str, office: Office) -> None:
    with pytest.raises(OfficeError, match="another audit key"):
        open_office(url, audit_key=bytes(32))


@pytest.mark.parametrize(
    "bad", ["sqlite://", "sqlite:///:memory:", "mysql://h/x", "nonsense", "oracle+none://u:pw@h/x"]
)
def test_wrong_addresses(bad: str) -> None:
    with pytest.raises(OfficeError) as caught:
        open_office(bad, audit_key=KEY)
    assert "pw" not in str(caught.value)


def test_a_server_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(OfficeError) as caught:
        open_office(f"postgresql://u:geheim@/x?host={tmp_path}", audit_key=KEY)
    assert "geheim" not in str(caught.value)


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(OfficeError, match="No such file"):
        open_office(f"sqlite:///{tmp_path}/none/office.db", audit_key=KEY)


def test_sqlite_settings(tmp_path: Path) -> None:
    path = tmp_path / "office.db"
    open_office(f"sqlite:///{path}", audit_key=KEY).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    bare = sqlite3.connect(path)
    assert bare.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    bare.close()
    database = Database(f"sqlite:///{path}")
    with database.read() as con:
        assert con.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        assert con.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 30_000
    database.close()


def test_foreign_keys_hold(attack: Attack) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        attack("INSERT INTO run_steps VALUES (7, 'x', 'done', '', '', 0, 1)")


def test_a_read_sees_one_state(url: str, office: Office) -> None:
    database = Database(url)
    count = sa.text("SELECT count(*) FROM audit")
    with database.read() as con:
        assert con.execute(count).scalar_one() == 0
        office.audit.append(actor="a", action="b", subject="c")
        assert con.execute(count).scalar_one() == 0
    with database.read() as con:
        assert con.execute(count).scalar_one() == 1
    database.close()


def _open(url: str) -> None:
    with open_office(url, audit_key=KEY) as opened:
        opened.audit.append(actor="a", action="open", subject=str(os.getpid()))


def test_several_processes_make_it_at_once(url: str) -> None:
    processes = [workers().Process(target=_open, args=(url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 3
    with open_office(url, audit_key=KEY, create=False) as opened:
        assert opened.audit.verify() == 3


def test_exported_names_exist_and_are_sorted() -> None:
    assert all(hasattr(yuheng.office, name) for name in yuheng.office.__all__)
    assert sorted(yuheng.office.__all__) == sorted(set(yuheng.office.__all__))
