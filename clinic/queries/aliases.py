"""Second names of tables that several statements share."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy.orm import aliased

from clinic.models import Base

Model = TypeVar("Model", bound=Base)


def second_name(model: type[Model]) -> type[Model]:
    """A second name of a model's table, whole before anybody else can see it.

    The library fills the list of an alias's columns when one is first asked for. Of two threads that ask at once one may
    meet the list half full, and then takes the column of the table itself: a statement about the wrong row, kept for as
    long as the process lives. Whoever keeps an alias for many statements (a name of a module) takes it from here.
    """
    made = aliased(model)
    key, *_ = model.__mapper__.column_attrs.keys()
    _ = getattr(made, key).expression  # One that is asked for fills the list of all.
    return made
