"""What was planned for a session: only what was entered by the end of its day, as the clinic counts days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from clinic.queries.comparison_reasons import entered_by

DAY = date(2026, 6, 12)


@pytest.mark.parametrize(
    ("at", "zone", "counts"),
    [
        (datetime(2026, 6, 12, 8, tzinfo=UTC), "Europe/London", True),
        (datetime(2026, 6, 13, 8, tzinfo=UTC), "Europe/London", False),  # the next day: for the session after it
        (datetime(2026, 6, 12, 23, tzinfo=UTC), "Europe/London", False),  # midnight there
        (datetime(2026, 6, 13, 2, tzinfo=UTC), "America/New_York", True),  # still the evening before
        (datetime(2026, 6, 13, 4, tzinfo=UTC), "America/New_York", False),
    ],
)
def test_a_target_counts_up_to_the_end_of_the_session_s_day(at: datetime, zone: str, counts: bool) -> None:
    assert entered_by(at, DAY, ZoneInfo(zone)) is counts
