"""Every Plotly figure that doesn't move."""
