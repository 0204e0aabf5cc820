"""What was decided stays: triggers that refuse changes of the audit chain, frozen releases, signatures and models.

Revision 0002, after 0001. The program never does what they refuse; they stop whoever else reaches the database.
"""

from __future__ import annotations

from typing import NamedTuple

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


class Guard(NamedTuple):
    """A refused kind of change. `when` is an SQL condition on OLD and NEW that both databases understand."""

    table: str
    event: str
    message: str
    when: str = "1 = 1"

    @property
    def name(self) -> str:
        return f"guard_{self.table}_{self.event.lower()}"


_FROZEN = (
    ("as_of", "content_version", "serving_path", "change_list_path", "frozen_at"),
    ("models", "tables", "checks"),  # JSON is compared as text
)
_SAME = " AND ".join(
    [f"OLD.{name} = NEW.{name}" for name in _FROZEN[0]]
    + [f"CAST(OLD.{name} AS TEXT) = CAST(NEW.{name} AS TEXT)" for name in _FROZEN[1]]
)
_CLOSED = "OLD.state IN ('frozen', 'withdrawn')"

GUARDS = (
    Guard("audit", "UPDATE", "audit rows are never changed"),
    Guard("audit", "DELETE", "audit rows are never deleted"),
    Guard("audit_head", "UPDATE", "the audit head only moves on", when="NEW.seq <= OLD.seq OR NEW.id <> OLD.id"),
    Guard("audit_head", "DELETE", "the audit head is never deleted"),
    Guard(
        "releases",
        "UPDATE",
        "a closed release is never changed",
        when=f"{_CLOSED} AND NOT (OLD.state = 'frozen' AND NEW.state = 'withdrawn' AND {_SAME})",
    ),
    Guard("releases", "DELETE", "a closed release is never deleted", when=_CLOSED),
    Guard("release_signatures", "UPDATE", "signatures are never changed"),
    Guard("release_signatures", "DELETE", "signatures are never deleted"),
    Guard(
        "rating_models",
        "UPDATE",
        "the body of a model is never changed",
        when="OLD.version <> NEW.version OR CAST(OLD.body AS TEXT) <> CAST(NEW.body AS TEXT)",
    ),
    Guard("rating_models", "DELETE", "an approved model is never deleted", when="OLD.state <> 'draft'"),
)

_TRUNCATED = ("audit", "audit_head", "releases", "release_signatures", "rating_models")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgres()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for guard in GUARDS:
        op.execute(f"DROP TRIGGER {guard.name}" + ("" if sqlite else f" ON {guard.table}"))
    if sqlite:
        op.execute("DROP TRIGGER guard_audit_insert")
        return
    for table in _TRUNCATED:
        op.execute(f"DROP TRIGGER guard_{table}_truncate ON {table}")
    op.execute("DROP FUNCTION office_refuse()")


def _sqlite() -> None:
    for guard in GUARDS:
        op.execute(
            f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} WHEN {guard.when} "
            f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
        )
    # INSERT OR REPLACE removes the old row without asking the trigger on DELETE.
    op.execute(
        "CREATE TRIGGER guard_audit_insert BEFORE INSERT ON audit "
        "WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq) "
        "BEGIN SELECT RAISE(ABORT, 'audit rows are never replaced'); END"
    )


def _postgres() -> None:
    op.execute(
        "CREATE FUNCTION office_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$"
    )
    for guard in GUARDS:
        op.execute(
            f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} FOR EACH ROW WHEN ({guard.when}) "
            f"EXECUTE FUNCTION office_refuse('{guard.message}')"
        )
    for table in _TRUNCATED:
        op.execute(
            f"CREATE TRIGGER guard_{table}_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION office_refuse('{table} is never emptied')"
        )
