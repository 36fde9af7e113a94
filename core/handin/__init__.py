"""Hand-ins: a run as one zip, or as single files."""
