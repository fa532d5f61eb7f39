"""Saving a posted form once, and which status its page shows again when it was not saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import request

from clinic.domain.errors import Invalid, Stale
from clinic.unit_of_work import UnitOfWork
from clinic.web.forms.base import StrictForm
from clinic.web.work import answered, once

_INVALID = 422
_STALE = 409


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a save went: ``saved`` with what the write returned, or the status with which the form is shown again."""

    status: int
    saved: bool = False
    id: str = ""

    def version(self, current: int) -> int:
        """The ``edit_version`` to show the form with: a refused form keeps its own, so that it cannot win unseen."""
        return shown_version() if self.status == _INVALID else current


def attempt(
    form: StrictForm, run: Callable[[UnitOfWork], str | None], *, first: Callable[[], object] | None = None
) -> Attempt:
    """Run a write once for a posted form, after ``first`` (a password, say); a form only asked for gives 200.

    A refusal stands in the form beside its field; everything typed stays in it.
    """
    if request.method != "POST":
        return Attempt(200)
    if not form.validate():
        # Sent again after its answer was lost, a form may no longer fit the record that it changed.
        before = answered()
        return Attempt(_INVALID) if before is None else Attempt(303, saved=True, id=str(before.get("id", "")))
    try:
        if first is not None:
            first()
        answer = once(lambda uow: {"id": run(uow) or ""})
    except Invalid as error:
        form.refuse(error)
        return Attempt(_INVALID)
    except Stale as error:
        form.form_errors.append(error.message)
        return Attempt(_STALE)
    return Attempt(303, saved=True, id=str(answer["id"]))


def shown_version() -> int:
    """The ``edit_version`` that the form was shown with; 0, which is always stale, when it is no number."""
    text = request.form.get("edit_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
