"""What the page Class shows."""
