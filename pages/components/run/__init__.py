"""One run, on whichever page it is shown."""
