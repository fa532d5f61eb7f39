"""Bringing a table of patients or past sessions."""

from __future__ import annotations

from wtforms import FileField

from clinic.domain.csv_imports import DayOrder, Kind
from clinic.web.forms.base import StrictForm, StrictSelect, choices
from clinic.web.forms.patients import Radios


class CsvImportForm(StrictForm):
    """Which file, what it holds, and how its days are written."""

    kind = Radios("What the file holds", choices=choices(Kind))
    order = StrictSelect("How days are written", choices=choices(DayOrder), default=DayOrder.YEAR_FIRST.value)
    file = FileField("File")
