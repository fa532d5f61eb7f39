"""Prepared statements: bound to one clinic wherever a clinic's table stands in them, and the same rows as ``together``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Dialect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from clinic.clinic_scope import ScopeMissing
from clinic.domain.events import Action, Event
from clinic.models import Base, ClinicScoped, InjectionSite, Syringe, Visit
from clinic.queries import repeatable, visit_record
from clinic.queries.prepared import ANY_UNIT, Prepared, asked, sql_of
from clinic.queries.together import AnySelect, together, united
from clinic.queries.visit_rows import visit_selects
from clinic.unit_of_work import _NOBODY, Work
from tests.charting import Charting
from tests.factories import ClinicWorld

DIALECTS = [sqlite.dialect(), postgresql.psycopg.dialect()]
SCOPED = {mapper.local_table.description for mapper in Base.registry.mappers if issubclass(mapper.class_, ClinicScoped)}
_NAMED = re.compile(r'\b(?:FROM|JOIN) "?(\w+)"?(?: AS (\w+))?')


def unbound(selects: Mapping[str, AnySelect], dialect: Dialect) -> list[str]:
    """Every clinic's table in a prepared statement that is not compared with the clinic that is asked for."""
    text = sql_of(united(selects), dialect).text
    asked_for = r"(?:\?|%\(asked_clinic_id\)s(?:::INTEGER)?)"
    return [
        alias or table
        for table, alias in _NAMED.findall(text)
        if table in SCOPED and not re.search(rf"\b{alias or table}\.clinic_id = {asked_for}", text)
    ]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
def test_every_table_around_a_visit_is_bound_to_the_clinic(dialect: Dialect) -> None:
    """S-11: working the SQL out once gives no clinic another's rows."""
    more = repeatable.repeatable_selects
    selects = visit_record._selects(ANY_UNIT, visit_record._ASK, more, plan=True, amends=True)
    assert len(selects) > 30
    assert unbound(selects, dialect) == []


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
def test_a_table_that_is_not_bound_is_named(dialect: Dialect) -> None:
    """The check has teeth: a table past its model, in a subquery too, is not bound by itself."""
    raw = Syringe.__table__
    hole = select(InjectionSite.id).where(InjectionSite.syringe_id.in_(select(raw.c.id)))
    assert unbound({"hole": hole}, dialect) == ["syringe"]


def test_subqueries_aliases_and_unions_are_bound(work: Work, clinic: ClinicWorld) -> None:
    """A table further in, or under another name, is bound like one in front."""
    newer = aliased(Visit)
    inner = select(newer.id).where(newer.amends_id == asked("visit_id")).subquery()
    selects = {"inner": select(inner.c.id), "site": select(InjectionSite.id)}
    assert [unbound(selects, dialect) for dialect in DIALECTS] == [[], []]


def test_prepared_rows_are_those_of_together(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """Each value comes back as its own type, in both ways."""
    charting = Charting.begun(work, clinic, clock)
    charting.ready_for_time_out()
    charting.take_time_out()
    prepared = Prepared(lambda: visit_selects(ANY_UNIT, visit_record._ASK))
    ids = dict.fromkeys(("visit_id", "amended"), charting.visit_id)
    ask = {**ids, "patient_id": charting.patient_id, "on": clock.now.date(), "since": clock.now.date()}
    with charting.reading() as uow:
        plain = together(uow, visit_selects(uow, visit_record.Ask(**ask)))
        assert _in_order(prepared.rows(uow, **ask)) == _in_order(plain)
        assert _in_order(prepared.rows(uow, **ask)) == _in_order(plain)
    assert plain["site"]
    assert plain["time_out"]


def _in_order(rows: Mapping[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    return {name: sorted(found, key=repr) for name, found in rows.items()}


def test_prepared_rows_show_what_was_just_written(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """D-03: an answer made inside the transaction has the change in it."""
    charting = Charting.begun(work, clinic, clock)
    prepared = Prepared(lambda: {"visit": select(Visit.complaints).where(Visit.id == asked("visit_id"))})
    with charting.writing() as uow:
        uow.session.get_one(Visit, (uow.clinic_id, charting.visit_id)).complaints = "A tight cheek"
        assert prepared.rows(uow, visit_id=charting.visit_id)["visit"] == [("A tight cheek",)]
        uow.record(Event(Action.VISIT_CHANGED, f"visit:{charting.visit_id}", charting.patient_id))


def test_another_clinic_gets_nothing(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, clock: Any) -> None:
    """S-11: the same statement, run for another clinic with this one's ids, is empty."""
    charting = Charting.begun(work, clinic, clock)
    prepared = Prepared(lambda: {"visit": select(Visit.id).where(Visit.id == asked("visit_id"))})
    for whose, found in ((clinic, [(charting.visit_id,)]), (other_clinic, []), (clinic, [(charting.visit_id,)])):
        with work.reading(whose.prescriber) as uow:
            assert prepared.rows(uow, visit_id=charting.visit_id)["visit"] == found


def test_without_a_clinic_nothing_runs(work: Work, clinic: ClinicWorld) -> None:
    """A prepared statement refuses where the clinic is not known, and where a value is missing."""
    prepared = Prepared(lambda: {"visit": select(Visit.id).where(Visit.id == asked("visit_id"))})
    with pytest.raises(ScopeMissing), work.reading(_NOBODY, scoped=False) as uow:
        prepared.rows(uow, visit_id="x")
    with pytest.raises(KeyError), work.reading(clinic.prescriber) as uow:
        prepared.rows(uow)
