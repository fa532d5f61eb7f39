"""What a chart reads of a long past: less than all of it, and every finding as from all of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from clinic.domain.events import Action, Event
from clinic.domain.injections import PAST_DAYS
from clinic.domain.products import products
from clinic.domain.safety_intervals import OTHER_TOXIN_MONTHS
from clinic.queries import visit_record as records
from clinic.queries.facts import judged, session_facts
from clinic.queries.visit_record import visit_record
from clinic.queries.visit_review import product_sums
from clinic.unit_of_work import Work
from tests.charting import open_vial
from tests.factories import ClinicWorld, make_patient
from tests.random_sessions import PRODUCTS, Made, drawn, insert

LONGEST_MONTH = 31
SESSIONS = 14
EVERYTHING = 100_000


def test_nothing_looks_back_further_than_the_days_that_are_read() -> None:
    """D-51: a new limit with a longer window must move PAST_DAYS first."""
    limits = [limit for product in products().values() for limit in product.limits]
    months = [limit.months or 0 for limit in limits]
    days = [limit.days or 0 for limit in limits]
    assert max((*months, OTHER_TOXIN_MONTHS)) * LONGEST_MONTH < PAST_DAYS
    assert max(days) < PAST_DAYS


def _of_one_patient(
    work: Work,
    clinic: ClinicWorld,
    clock: Any,
    seed: int,
    apart: tuple[int, ...] = (1, 30, 90, 110, 199, 200, 201, 400),
) -> list[str]:
    """Random given sessions of one patient at random distances, the last one still to be given."""
    chance = random.Random(seed)
    patient_id = make_patient(work, clinic.prescriber)
    vials = {
        product: open_vial(work, clinic, product=product, label=f"V-{product}-{seed}", lot=f"L{product}{seed}")
        for product in PRODUCTS
    }
    found = []
    for number in range(SESSIONS):
        clock.move(days=chance.choice(apart))
        with work.writing(clinic.prescriber) as uow:
            made = Made(uow.new_id(), patient_id, drawn(chance, chance.randint(1, 5)), given=number < SESSIONS - 1)
            insert(uow, clinic, made, vials)
            found.append(made.visit_id)
            uow.record(Event(Action.VISIT_STARTED, f"visit:{made.visit_id}", patient_id))
    return found


def _said(work: Work, clinic: ClinicWorld, visits: list[str]) -> Iterator[tuple[Any, ...]]:
    """What is judged and shown of each visit that depends on the past; the tuple of past doses itself left out."""
    for visit_id in visits:
        with work.reading(clinic.prescriber) as uow:
            record = visit_record(uow, visit_id)
            content, findings = judged(record, uow.now)
            facts = session_facts(record, content, uow.now)
            yield findings, content, facts.last_session_on, facts.last_dose, product_sums(content, record.past)


@pytest.mark.parametrize("seed", [1, 2])
def test_findings_are_those_of_the_whole_past(
    work: Work, clinic: ClinicWorld, clock: Any, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """D-51: reading less of the past changes no finding, interval, last dose or sum."""
    visits = _of_one_patient(work, clinic, clock, seed)
    short = list(_said(work, clinic, visits))
    with work.reading(clinic.prescriber) as uow:
        few = len(visit_record(uow, visits[-1]).past)
    monkeypatch.setattr(records, "PAST_DAYS", EVERYTHING)
    assert short == list(_said(work, clinic, visits))
    with work.reading(clinic.prescriber) as uow:
        assert few < len(visit_record(uow, visits[-1]).past)


def test_a_past_that_is_cut_too_short_is_noticed(
    work: Work, clinic: ClinicWorld, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison has teeth: ten days of past are too few."""
    visits = _of_one_patient(work, clinic, clock, 1, apart=(30,))
    whole = list(_said(work, clinic, visits))
    monkeypatch.setattr(records, "PAST_DAYS", 10)
    assert whole != list(_said(work, clinic, visits))


def test_sessions_far_apart_still_have_their_last(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """The last session of a product counts however long ago it was."""
    visits = _of_one_patient(work, clinic, clock, 3)
    clock.move(days=PAST_DAYS * 3)
    with work.reading(clinic.prescriber) as uow:
        record = visit_record(uow, visits[-1])
        products = {dose.product for dose in record.past}
    assert products == set(PRODUCTS)
    assert min(dose.on for dose in record.past) < record.visit.on - timedelta(days=PAST_DAYS)
