"""Adds classes with their members, and to which class a run belongs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """The tables of classes, and two columns of runs."""
    op.add_column("runs", sa.Column("class_id", sa.String(32)))
    op.add_column("runs", sa.Column("stop_as", sa.String(16)))
    op.create_index("runs_class", "runs", ["class_id"])
    _classes()
    op.create_table(
        "handovers",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
    op.create_table(
        "wrong_codes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )


def _classes() -> None:
    op.create_table(
        "classes",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("code", sa.String(8), nullable=False, unique=True),
        sa.Column("teacher_hash", sa.String(64), nullable=False),
        sa.Column("opened_at", sa.Float, nullable=False),
        sa.Column("active_at", sa.Float, nullable=False),
        sa.Column("idle_seconds", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("start", sa.JSON),
        sa.Column("unlocked", sa.JSON),
        sa.Column("spotlight", sa.String(32)),
    )
    op.create_table(
        "members",
        sa.Column("class_id", sa.String(32), sa.ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("teacher", sa.Boolean, nullable=False),
        sa.Column("nickname", sa.String(40), nullable=False),
        sa.Column("spins", sa.Integer, nullable=False),
        sa.Column("joined_at", sa.Float, nullable=False),
        sa.Column("acted_at", sa.Float, nullable=False),
        sa.Column("page", sa.String(80)),
        sa.Column("hand_at", sa.Float),
        sa.Column("removed_at", sa.Float),
    )
    op.create_index("members_owner", "members", ["owner"])
    op.create_index("members_nickname", "members", ["class_id", "nickname"], unique=True)
