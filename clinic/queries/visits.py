"""Stub: being written."""

from __future__ import annotations

from clinic.unit_of_work import UnitOfWork


def today(uow: UnitOfWork) -> None:
    """Stub."""
