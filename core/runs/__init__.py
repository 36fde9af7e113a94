"""Runs: where they are kept, queued and executed."""
