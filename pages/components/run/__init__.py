"""Parts that show a run, used by several pages."""
