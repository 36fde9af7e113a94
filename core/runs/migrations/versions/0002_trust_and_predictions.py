"""Adds why processes died, links with a key, and what a run's owner expected."""

import json
import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

COLUMNS: dict[str, Any] = {
    "lost_cause": sa.JSON(),
    "link_key": sa.String(32),
    "follows": sa.String(32),
    "expected": sa.String(8),
    # Versions before 0.1.0 lack these.
    "dataset": sa.Text(),
    "epochs": sa.Integer(),
    "remark": sa.Text(),
}
runs = sa.table("runs", *(sa.column(name) for name in ("id", "config", "dataset", "epochs", "link_key")))


def upgrade() -> None:
    """A development version may have added some of the columns already."""
    database = op.get_bind()
    there = {column["name"] for column in sa.inspect(database).get_columns("runs")}
    for name, kind in COLUMNS.items():
        if name not in there:
            op.add_column("runs", sa.Column(name, kind))
    _read_configurations(database)
    if "link_key" not in there:  # later on, a run on own images without a key is one that its owner listed
        own = sa.select(runs.c.id).where(runs.c.dataset.startswith("images-"))
        for run_id in database.scalars(own).all():
            key = secrets.token_urlsafe(12)
            database.execute(sa.update(runs).where(runs.c.id == run_id).values(link_key=key))


def _read_configurations(database: sa.Connection) -> None:
    for row in database.execute(sa.select(runs.c.id, runs.c.config).where(runs.c.dataset.is_(None))).all():
        config = json.loads(row.config)
        values = {"dataset": config["data"]["dataset"], "epochs": config["epochs"]}
        database.execute(sa.update(runs).where(runs.c.id == row.id).values(**values))
