"""The window and the lanes of a timeline, as they stand in its address: shape only, nothing of the patient."""

from __future__ import annotations

from wtforms.validators import Optional

from clinic.domain.timelines import Lane
from clinic.web.forms.base import StrictForm, choices
from clinic.web.forms.patients import DayField
from clinic.web.forms.reviews import Ticks


class TimelineForm(StrictForm):
    """Which days and which lanes; everything when nothing is named."""

    start = DayField("From", optional=True, name="from")
    end = DayField("To", optional=True, name="to")
    around = DayField("Or 8 weeks around", optional=True)
    lane = Ticks("Show", choices=choices(Lane), validators=[Optional()])

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes that were ticked."""
        return tuple(Lane(value) for value in self.lane.data or ())
