"""Formats numbers and times."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def duration(seconds: float) -> str:
    """Minutes and seconds, such as 1:05."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def percent(share: float) -> str:
    """A share (0..1) as percent with one decimal, such as 97.8 %."""
    return f"{100 * share:.1f} %"


def count(number: float) -> str:
    """A count with its thousands apart, such as 61,706."""
    return f"{number:,.0f}"


def compact(number: float) -> str:
    """A rounded count, such as 62k."""
    if number >= 10_000:
        return f"{number / 1_000:.0f}k"
    return f"{number:,.0f}"


def shape(sizes: tuple[int, ...]) -> str:
    """A shape, such as 32×6×6."""
    return "×".join(map(str, sizes))


def moment(seconds: float) -> str:
    """A time (seconds since 1970) in the reader's time zone, such as 16:42, with the date if it isn't today."""
    then = datetime.fromtimestamp(seconds, zone())
    return f"{then:%H:%M}" if then.date() == datetime.now(zone()).date() else f"{then:%Y-%m-%d %H:%M}"


def zone() -> tzinfo:
    """The reader's time zone."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
