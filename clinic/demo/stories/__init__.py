"""The stories of the first demo clinic: six patients worth looking at, and some who are easily mixed up.

Everything is invented. Dates are told as of ``stage.REFERENCE_DAY`` and moved to the day of seeding.
"""

from __future__ import annotations

from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.demo.stories import (
    bells_palsy,
    lookalikes,
    lyme,
    other_names,
    parotid,
    pregnancy,
    schwannoma,
    zoster,
)


def schedule(stage: Stage, cupboard: Cupboard) -> None:
    """Put every story on the timeline."""
    for story in (bells_palsy, zoster, schwannoma, pregnancy, lyme, parotid, lookalikes, other_names):
        story.schedule(stage, cupboard)
