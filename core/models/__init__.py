"""Networks, built from data."""
