"""Adds the board of a class, and what its pupils submit."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Four columns of classes, and the table of submissions."""
    op.add_column("classes", sa.Column("board", sa.String(12)))
    op.add_column("classes", sa.Column("board_dataset", sa.String(64)))
    op.add_column("classes", sa.Column("board_tries", sa.Integer))
    op.add_column("classes", sa.Column("revealed_at", sa.Float))
    op.create_table(
        "submissions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("class_id", sa.String(32), sa.ForeignKey("classes.id", ondelete="CASCADE"), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("submitted_at", sa.Float, nullable=False),
        sa.Column("public", sa.Float),
        sa.Column("private", sa.Float),
        sa.Column("right", sa.LargeBinary),
        sa.Column("stands", sa.Boolean),
    )
    op.create_index("submissions_run", "submissions", ["class_id", "run_id"], unique=True)
