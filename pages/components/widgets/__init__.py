"""The app's own widgets, each with its JavaScript beside it."""
