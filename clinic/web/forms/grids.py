"""The synkinesis grid as a form: one short text a cell, such as 2/3."""

from __future__ import annotations

from typing import Any

from flask import request
from wtforms import StringField, TextAreaField, ValidationError
from wtforms.validators import Length

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Place, cell_of, places
from clinic.domain.errors import Invalid
from clinic.web.forms.base import NOTE_MAXIMUM, StrictForm


class CellField(StringField):
    """One cell: ``cell`` holds what was read once valid; the text stays as typed."""

    def __init__(self, place: Place, **options: Any) -> None:
        label = f"{place.movement.label}, {place.group.label}, patient\N{RIGHT SINGLE QUOTATION MARK}s {place.side}"
        super().__init__(label, **options)
        self.place = place

    def pre_validate(self, form: Any) -> None:
        try:
            self.cell = cell_of(self.place, self.data or "")
        except Invalid as error:
            raise ValidationError(error.message) from error


class GridForm(StrictForm):
    """The cells of both sides; a field for each is added below. What is not sent stays as it is.

    ``none_seen`` names a row (``left-big_smile``) or a side: its open cells are filled in with 0, and nothing is saved.
    """

    side = StringField("Side")
    none_seen = StringField("None seen", validators=[Length(max=40)])
    note = TextAreaField("Note on the grid", validators=[Length(max=NOTE_MAXIMUM, message="At most 4000 characters.")])

    @property
    def cells(self) -> list[Cell]:
        """The cells that were sent, once valid."""
        return [field.cell for field in self if isinstance(field, CellField) and field.name in request.form]

    @property
    def sent_note(self) -> str | None:
        """The note, or None when it was not sent."""
        return (self.note.data or "") if "note" in request.form else None

    def fill_none_seen(self) -> None:
        """Write 0 into the open cells of the row or side that was asked for."""
        within = f"{self.none_seen.data}-"
        for field in self:
            if isinstance(field, CellField) and field.name.startswith(within) and not (field.data or "").strip():
                field.data = "0"


for _place in (*places(Side.RIGHT), *places(Side.LEFT)):
    setattr(GridForm, _place.key, CellField(_place))


def asked_side(form: GridForm | None) -> Side | None:
    """The side that was added to the tables, if any: by the link that adds it, or by the form that came with it."""
    found = (form.side.data if form else None) or request.args.get("side", "")
    return Side(found) if found in {Side.RIGHT, Side.LEFT} else None
