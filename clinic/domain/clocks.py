"""A clock that was moved: what was stamped by it may lie in the future, where nothing may be trusted for its age (D-26)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

TOLERANCE: Final = timedelta(minutes=2)
"""D-26: servers' clocks differ by less; a stamp further ahead than this was made by a clock that has been put back."""


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Whether a stamp lies in the future, so that nobody knows how old it is."""
    return moment - now > TOLERANCE


def is_within(moment: datetime, now: datetime, span: timedelta) -> bool:
    """Whether a stamp is no older than ``span``; one from the future is."""
    return now - moment <= span and not is_ahead(moment, now)
