"""Likely links between records and firms, what people judged of them, and firms judged to be one.

Revision 0005, after 0004. Judgements are only added to: triggers refuse to change or delete them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_JUDGED = ("link_judgements", "firm_judgements")


def upgrade() -> None:
    op.create_table(
        "link_candidates",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("table_id", sa.String(60), nullable=False),
        sa.Column("batch_id", sa.String(120), nullable=False),
        sa.Column("src_row", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("ent_id", sa.BigInteger, nullable=False),
        sa.Column("firm_name", sa.String(200), nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("found_on", sa.Date, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("basis", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_link_candidates"),
        sa.UniqueConstraint(
            "table_id", "batch_id", "src_row", "ent_id", name="uq_link_candidates_table_id_batch_id_src_row_ent_id"
        ),
    )
    op.create_index("ix_link_candidates_state", "link_candidates", ["state"])
    op.create_table(
        "link_judgements",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("candidate_id", sa.Integer, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("uscc", sa.String(18), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_link_judgements"),
        sa.ForeignKeyConstraint(["candidate_id"], ["link_candidates.id"], name="fk_link_judgements_candidate_id"),
    )
    op.create_index("ix_link_judgements_candidate_id", "link_judgements", ["candidate_id"])
    op.create_table(
        "firm_judgements",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("ent_id", sa.BigInteger, nullable=False),
        sa.Column("into_ent_id", sa.BigInteger, nullable=False),
        sa.Column("known_on", sa.Date, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_firm_judgements"),
    )
    op.create_index("ix_firm_judgements_ent_id", "firm_judgements", ["ent_id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _JUDGED:
        for event in ("UPDATE", "DELETE"):
            name = f"guard_{table}_{event.lower()}"
            if sqlite:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'judgements are only added to'); END"
                )
            else:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
                    f"EXECUTE FUNCTION office_refuse('judgements are only added to')"
                )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _JUDGED:
        for event in ("update", "delete"):
            op.execute(f"DROP TRIGGER guard_{table}_{event}" + ("" if sqlite else f" ON {table}"))
    op.drop_table("firm_judgements")
    op.drop_table("link_judgements")
    op.drop_table("link_candidates")
