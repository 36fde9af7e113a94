"""The tables of version 0.1.0, where a database without a revision begins."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """They are there already: a new database gets the tables of `schema` at once."""
