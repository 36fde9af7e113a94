"""A run to take away: one zip for a teacher, or its parts. `bundle` puts it together."""
