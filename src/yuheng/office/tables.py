"""The tables of the office database. A change here needs a migration in `migrations/versions`."""

from __future__ import annotations

import sqlalchemy as sa

from yuheng.office.values import UtcTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    _text("at", 27),  # plain text: it is part of what the chain seals
    _text("actor", 120),
    _text("action", 60),
    _text("subject", 200),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    _text("prev", 64),
    _text("digest", 64),
    sa.Index(None, "subject"),
)
"""Append-only; triggers refuse changes."""

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.Integer, nullable=False),
    _text("digest", 64),
    _text("seal", 64),
    _text("key_id", 16),
)
"""One row: the end of the chain, so that a cut tail is seen."""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(120), primary_key=True),
    _text("holder", 32),  # empty: nobody
    sa.Column("fence", sa.BigInteger, nullable=False),
    _text("host", 200),
    sa.Column("pid", sa.Integer, nullable=False),
    _text("born", 40),
    sa.Column("taken_at", UtcTime, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),  # seconds since 1970 by the database's clock
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", sa.String(120), primary_key=True),
    _text("source", 60),
    _text("feed", 60),
    sa.Column("file", sa.Text, nullable=False),
    _text("sha256", 64),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("stored", sa.Text, nullable=False),
    sa.Column("received", sa.Date, nullable=False),
    sa.Column("records", sa.BigInteger),
    _text("state", 12),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("source", "feed", "sha256"),
)

watermarks = sa.Table(
    "watermarks",
    metadata,
    sa.Column("source", sa.String(60), primary_key=True),
    sa.Column("feed", sa.String(60), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),  # canonical JSON, the connector's own
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
)
"""How far each feed was pulled; moves only after the delivery file lies in the inbox."""

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _text("kind", 60),
    sa.Column("as_of", sa.Date),
    sa.Column("params_json", sa.Text, nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    _text("state", 12),
    sa.Index(None, "kind", "as_of"),
)

run_steps = sa.Table(
    "run_steps",
    metadata,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("name", sa.String(120), primary_key=True),
    _text("state", 12),
    _text("digest", 64),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
)

rating_models = sa.Table(
    "rating_models",
    metadata,
    sa.Column("version", sa.String(120), primary_key=True),
    _text("grading", 60),
    sa.Column("fitted_as_of", sa.Date, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    _text("state", 12),
    _text("proposed_by", 120),
    sa.Column("proposed_at", UtcTime, nullable=False),
    _text("approved_by", 120),
    sa.Column("approved_at", UtcTime),
    sa.Column("activated_at", UtcTime),
)
sa.Index(
    "uq_rating_models_active",
    rating_models.c.grading,
    unique=True,
    sqlite_where=rating_models.c.state == "active",
    postgresql_where=rating_models.c.state == "active",
)

grade_adjustments = sa.Table(
    "grade_adjustments",
    metadata,
    sa.Column("decision_id", sa.Integer, primary_key=True),
    sa.Column("ent_id", sa.BigInteger, nullable=False),
    _text("grading", 60),
    _text("grade", 8),
    _text("reason_code", 60),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date, nullable=False),
    _text("state", 12),
    _text("proposed_by", 120),
    sa.Column("proposed_at", UtcTime, nullable=False),
    _text("approved_by", 120),
    sa.Column("known_from", sa.Date),
    sa.Column("known_to", sa.Date),
    _text("ended_by", 120),
    sa.Column("end_reason", sa.Text, nullable=False),
    sa.Index(None, "ent_id", "grading"),
    sa.Index(None, "grading", "valid_from"),
)

releases = sa.Table(
    "releases",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("models", sa.JSON, nullable=False),
    sa.Column("tables", sa.JSON, nullable=False),
    _text("content_version", 120),
    sa.Column("serving_path", sa.Text, nullable=False),
    sa.Column("change_list_path", sa.Text, nullable=False),
    sa.Column("checks", sa.JSON, nullable=False),
    _text("state", 12),
    _text("created_by", 120),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("frozen_at", UtcTime),
)
sa.Index(
    "uq_releases_frozen",
    releases.c.as_of,
    unique=True,
    sqlite_where=releases.c.state == "frozen",
    postgresql_where=releases.c.state == "frozen",
)

release_signatures = sa.Table(
    "release_signatures",
    metadata,
    sa.Column("release_id", sa.Integer, sa.ForeignKey("releases.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    _text("signer", 120),
    sa.Column("signed_at", UtcTime, nullable=False),
    _text("digest", 64),
)

work_orders = sa.Table(
    "work_orders",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _text("source", 60),
    _text("feed", 60),
    _text("kind", 30),
    _text("subject", 200),
    _text("level", 12),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    _text("owner", 120),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("last_seen", sa.Date, nullable=False),
    _text("state", 12),
    sa.Index(None, "source", "feed"),
)
sa.Index(
    "uq_work_orders_open",
    work_orders.c.source,
    work_orders.c.feed,
    work_orders.c.kind,
    work_orders.c.subject,
    unique=True,
    sqlite_where=work_orders.c.state != "closed",
    postgresql_where=work_orders.c.state != "closed",
)
"""One shortcoming of a source's data has one open order, however often it is seen."""

work_order_steps = sa.Table(
    "work_order_steps",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.Integer, sa.ForeignKey("work_orders.id"), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    _text("actor", 120),
    _text("step", 12),
    sa.Column("note", sa.Text, nullable=False),
    sa.Index(None, "order_id"),
)

link_candidates = sa.Table(
    "link_candidates",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _text("table_id", 60),
    _text("batch_id", 120),
    sa.Column("src_row", sa.BigInteger, nullable=False),
    _text("name", 200),
    sa.Column("ent_id", sa.BigInteger, nullable=False),
    _text("firm_name", 200),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("found_on", sa.Date, nullable=False),
    _text("state", 12),
    _text("basis", 20),
    sa.UniqueConstraint("table_id", "batch_id", "src_row", "ent_id"),
    sa.Index(None, "state"),
)

link_judgements = sa.Table(
    "link_judgements",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("candidate_id", sa.Integer, sa.ForeignKey("link_candidates.id"), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    _text("actor", 120),
    _text("verdict", 12),
    _text("uscc", 18),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index(None, "candidate_id"),
)
"""Append-only; triggers refuse changes."""

firm_judgements = sa.Table(
    "firm_judgements",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    _text("actor", 120),
    _text("kind", 12),
    sa.Column("ent_id", sa.BigInteger, nullable=False),
    sa.Column("into_ent_id", sa.BigInteger, nullable=False),
    sa.Column("known_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index(None, "ent_id"),
)
"""Append-only; triggers refuse changes."""
