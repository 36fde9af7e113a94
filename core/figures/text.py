"""Text for charts: Plotly reads tags in titles, legends and labels."""

from html import escape


def plain(text: str) -> str:
    """Text from outside as Plotly shows it unchanged, without links and styles of its own."""
    return escape(text, quote=False)
