"""What a visit says about a recalled lot, and who is on the list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.actors import RecordState
from clinic.domain.lot_recalls import (
    Addressees,
    Contact,
    Given,
    LetterWritten,
    LotSite,
    LotSyringe,
    LotVisit,
    RecalledLot,
    RecalledPerson,
    RecallList,
    RecallPatient,
    addressed,
    in_order,
)
from clinic.domain.visits import Disposition

SITE = LotSite(1, "Mentalis, patient’s left, 5 units", Decimal(5), given=True)
SYRINGE = LotSyringe("A", "V-0001", Decimal(20), Decimal(0))
VISIT = LotVisit("v", date(2026, 3, 1), RecordState.SIGNED, False, None, False, (), (SITE,))
PERSON = RecalledPerson("p", "Keane, Margaret", "FN-1", date(1979, 2, 3), False, Contact("", "", ""))
LOT = RecalledLot("l", "C1", "botox", date(2027, 1, 1), None, "")
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, Given.YES),
        ({"sites": (replace(SITE, given=False),)}, Given.NOTHING),
        ({"sites": ()}, Given.TAKEN_BACK),
        ({"sites": (), "syringes": (SYRINGE,)}, Given.NOTHING),
        ({"sites": (), "booked": Decimal(5)}, Given.YES),
        ({"sites": (), "transcribed": True}, Given.YES),
        ({"state": RecordState.DRAFT}, Given.DRAFT),
        ({"state": RecordState.DRAFT, "amends": True}, Given.REPLACED),
        ({"state": RecordState.AMENDED}, Given.REPLACED),
        ({"state": RecordState.DISCARDED}, Given.REPLACED),
        ({"state": RecordState.DISCARDED, "sites": (), "syringes": (SYRINGE,)}, Given.NOTHING),
        ({"state": RecordState.VOIDED, "disposition": Disposition.GIVEN}, Given.VOIDED),
        ({"state": RecordState.VOIDED, "disposition": Disposition.NOT_GIVEN}, Given.NOT_GIVEN),
    ],
)
def test_what_a_visit_says(changes: dict[str, object], said: Given) -> None:
    assert replace(VISIT, **changes).given is said  # type: ignore[arg-type]


def test_only_what_stands_counts() -> None:
    assert {one for one in Given if one.counts} == {Given.YES, Given.DRAFT, Given.VOIDED}


def test_units_of_a_visit_are_those_marked_given_or_booked() -> None:
    two = replace(VISIT, sites=(SITE, replace(SITE, number=2, given=False)))
    assert (two.units, two.charted_units, two.sites_words) == (Decimal(5), Decimal(10), "2 sites, 1 given")
    assert replace(two, transcribed=True).units == Decimal(10)
    assert replace(VISIT, sites=(), booked=Decimal("2.5")).units == Decimal("2.5")


def test_a_syringe_and_a_contact_in_words() -> None:
    assert LotSyringe("A", "V-1", None, Decimal(0)).words == "syringe A"
    assert (
        LotSyringe("A", "V-1", Decimal(20), Decimal("2.5")).words
        == "syringe A, 20\u00a0units drawn, 2.5\u00a0units wasted"
    )
    assert PERSON.contact.lines == ("no phone, e-mail or address on record",)
    assert Contact("1", " ", "High Street\nYork").lines == ("1", "High Street, York")


def patient(name: str, *visits: LotVisit, **changes: object) -> RecallPatient:
    person = replace(PERSON, id=name, display_name=name, retired=bool(changes.pop("retired", False)))
    return RecallPatient(person, visits or (VISIT,), **changes)  # type: ignore[arg-type]


def test_amended_versions_are_listed_and_not_added_twice() -> None:
    amended = replace(VISIT, id="old", state=RecordState.AMENDED)
    one = patient("a", VISIT, amended)
    assert (one.units, one.given, one.treatment_days) == (Decimal(5), True, (date(2026, 3, 1),))
    assert RecallList(LOT, (one,), ()).totals == "1 patient; given to 1 in 1 session, 5\u00a0units in all"


def test_given_only_says_how_many_it_leaves_out() -> None:
    nothing = patient("b", replace(VISIT, sites=()))
    replaced = patient("c", replace(VISIT, state=RecordState.AMENDED))
    listed = RecallList(LOT, (patient("a"), nothing, replaced), ())
    only = listed.given_only()
    assert ([one.person.id for one in only.patients], only.hidden) == (["a"], 2)
    assert listed.first_use == date(2026, 3, 1)
    assert RecallList(LOT, (), ()).first_use is None


def test_a_patient_without_a_certain_day_is_told_every_day_that_names_the_lot() -> None:
    assert patient("b", replace(VISIT, sites=())).treatment_days == (date(2026, 3, 1),)


def test_who_gets_a_letter() -> None:
    listed = (
        patient("given"),
        patient("written", written=(LetterWritten(AT, "b"),)),
        patient("noted", replace(VISIT, sites=())),
        patient("retired", retired=True),
    )

    def names(who: Addressees) -> list[str]:
        return [one.person.id for one in addressed(listed, who)]

    assert names(Addressees.GIVEN_UNWRITTEN) == ["given"]
    assert names(Addressees.UNWRITTEN) == ["given", "noted"]
    assert names(Addressees.ALL) == ["given", "written", "noted"]
    assert RecallList(LOT, listed, ()).letters == 1


@given(st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.text("abc", min_size=1)), max_size=12))
def test_the_list_is_newest_first_and_keeps_everybody(made: list[tuple[date, str]]) -> None:
    found = in_order([patient(name, replace(VISIT, on=on)) for on, name in made])
    assert sorted(one.person.id for one in found) == sorted(name for _, name in made)
    days = [one.newest for one in found]
    assert days == sorted(days, reverse=True)
