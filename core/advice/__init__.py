"""The adviser: what a run's numbers mean and what to change."""
