"""Data sets that the app knows by name."""
