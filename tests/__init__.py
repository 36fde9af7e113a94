"""Tests mirror `core` and `pages`; `browser` drives a real Chromium, `benchmarks` compares speeds."""
