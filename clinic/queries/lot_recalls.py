"""Who had a lot, in one statement: charted from its vials, booked in their ledger, or transcribed with its number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from clinic.domain import anatomy
from clinic.domain.errors import NotFound
from clinic.domain.inventory import lot_key
from clinic.domain.lot_numbers import looks_alike
from clinic.domain.lot_recalls import (
    NOBODY,
    Contact,
    LetterWritten,
    LotSite,
    LotSyringe,
    LotVisit,
    RecalledLot,
    RecalledPerson,
    RecallList,
    RecallPatient,
    UnknownSession,
    in_order,
)
from clinic.domain.patients import display_name
from clinic.domain.quantities import format_units, from_hundredths
from clinic.domain.visits import Disposition, VisitState, record_state
from clinic.domain.wording import side_words
from clinic.queries.lot_recall_selects import PERSON, SITE, SITES, selects
from clinic.queries.prepared import ANY_UNIT, Prepared, asked
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
_NUMBER = attrgetter("number")
_PREPARED = Prepared(lambda: selects(ANY_UNIT.clinic_id, asked("lot_id")))


def recall_list(uow: UnitOfWork, lot_id: str) -> RecallList:
    """Everybody who had a lot or may have had it, in one statement. Raises NotFound.

    Drafts, amended, voided and discarded visits are included: a recall must miss nobody.
    """
    rows = _PREPARED.rows(uow, lot_id=lot_id)
    if not rows["lot"]:
        raise NotFound
    folded, zone, entered_at, *about = rows["lot"][0]
    lot = RecalledLot(*about)
    visits = lot_visits(rows, {one[0] for one in rows["transcribed"] if _names(lot, folded, one)})
    persons = {row[0]: person(row) for row in rows["patient"]}
    written: dict[str, list[LetterWritten]] = defaultdict(list)
    for patient_id, purpose, at, batch_id in rows["letter"]:
        if purpose == lot.purpose:
            written[patient_id].append(LetterWritten(at, batch_id or ""))
    found = [
        RecallPatient(persons[patient_id], of_patient, tuple(sorted(written[patient_id])))
        for patient_id, of_patient in visits.items()
    ]
    alike = (RecalledLot(*one) for one in rows["other"] if looks_alike(one[1], lot.number))
    opened = [row[0] for row in rows["opened"]] or [entered_at]
    first = min(moment.astimezone(ZoneInfo(zone)).date() for moment in opened)
    patients = in_order(found)
    listed = RecallList(lot, patients, (), alike=tuple(sorted(alike, key=lambda one: (one.number, one.product))))
    listed = replace(listed, looked_from=min(first, listed.first_use or first))
    doubts = (*_unknown(rows["unknown"], listed), *_written_differently(rows, lot, folded, persons))
    return replace(listed, unknown=tuple(sorted(doubts, key=lambda one: (one.on, one.visit_id), reverse=True)))


def _names(lot: RecalledLot, folded: str, transcribed: tuple[Any, ...]) -> bool:
    """Whether an older record names the lot for certain: its number, and its product or none."""
    _, product, number = transcribed
    return lot_key(number) == folded and product in (None, lot.product)


def lot_visits(rows: Rows, named: Collection[str]) -> dict[str, tuple[LotVisit, ...]]:
    """By patient, the visits of ``rows`` newest first; ``named`` are those of older records that name the lot."""
    syringes: dict[str, list[LotSyringe]] = defaultdict(list)
    for visit_id, *values in rows["syringe"]:
        syringes[visit_id].append(LotSyringe(*values))
    charted, copied = _sites(rows["charted"], given=False), _sites(rows["copied"], given=True)
    booked = net_units(rows["booked"])
    replaced = _replaced(rows)
    found: dict[str, list[LotVisit]] = defaultdict(list)
    for visit_id, patient_id, on, state, amends_id, disposition in rows["visit"]:
        drawn = visit_id in syringes or visit_id in booked
        if not drawn and visit_id not in named:
            continue
        stands = record_state(state, voided=disposition is not None, amended=visit_id in replaced)
        sites = charted[visit_id] if drawn else copied[visit_id]
        visit = LotVisit(
            visit_id,
            on,
            stands,
            amends_id is not None,
            disposition,
            not drawn,
            tuple(sorted(syringes[visit_id], key=lambda one: one.letter)),
            sites,
            booked.get(visit_id, NOBODY),
        )
        found[patient_id].append(visit)
    return {
        patient_id: tuple(sorted(visits, key=lambda one: (one.on, one.id), reverse=True))
        for patient_id, visits in found.items()
    }


def net_units(rows: Iterable[tuple[Any, ...]]) -> dict[str, Decimal]:
    """Units booked for each visit; 0 where all of them came back."""
    found: dict[str, Decimal] = {}
    for visit_id, units in rows:
        found[visit_id] = found.get(visit_id, NOBODY) + units
    return found


def _replaced(rows: Rows) -> set[str]:
    return {visit_id for visit_id, state in rows["newer"] if state is VisitState.SIGNED}


def _sites(rows: Iterable[tuple[Any, ...]], *, given: bool) -> defaultdict[str, tuple[LotSite, ...]]:
    """The sites of each visit in their order; ``given`` where an older record holds them."""
    read = _transcribed_site if given else _charted_site
    found: defaultdict[str, tuple[LotSite, ...]] = defaultdict(tuple)
    for visit_id, text in rows:
        found[visit_id] = tuple(sorted(map(read, text.split(SITES)), key=_NUMBER))
    return found


@lru_cache(maxsize=16384)
def _charted_site(text: str) -> LotSite:
    number, muscle, sub_site, side, units, given = text.split(SITE)
    words = _site_words(muscle, sub_site or None, side, units)
    return LotSite(int(number), words, from_hundredths(int(units)), given == "1")


@lru_cache(maxsize=4096)
def _transcribed_site(text: str) -> LotSite:
    return replace(_charted_site(text), given=True)


def _site_words(muscle: str, sub_site: str | None, side: str, units: str) -> str:
    return f"{anatomy.full_label(muscle, sub_site)}, {side_words(side)}, {format_units(from_hundredths(int(units)))}"


def lot_site(row: tuple[Any, ...], *, given: bool) -> LotSite:
    """A site from the columns of ``site_select``; ``given`` where an older record holds it."""
    _, number, muscle, sub_site, side, units, given_at = row
    words = f"{anatomy.full_label(muscle, sub_site)}, {side_words(side)}, {format_units(units)}"
    return LotSite(number, words, units, given or given_at is not None)


def person(row: tuple[Any, ...]) -> RecalledPerson:
    """A patient from the columns of ``person_select``."""
    patient_id, family_name, given_names, number, born, retired_at, *contact = row
    name = display_name(family_name, given_names)
    return RecalledPerson(patient_id, name, number, born, retired_at is not None, Contact(*contact))


def _unknown(rows: Iterable[tuple[Any, ...]], listed: RecallList) -> Iterator[UnknownSession]:
    """The sessions without a lot from the lot's first day to its last."""
    width = len(PERSON)
    for row in rows:
        visit_id, on, product, source = row[width:]
        if listed.looked_from and listed.looked_from <= on <= listed.looked_to:
            yield UnknownSession(person(row[:width]), visit_id, on, product or "", source)


def _written_differently(
    rows: Rows, lot: RecalledLot, folded: str, persons: Mapping[str, RecalledPerson]
) -> Iterator[UnknownSession]:
    """The older records in force whose number looks like the lot's, or is its number with another product."""
    doubtful = {one[0]: one for one in rows["transcribed"] if not _names(lot, folded, one)}
    sources: dict[str, str] = dict(map(tuple, rows["source"]))
    certain = {row[0] for row in (*rows["syringe"], *rows["booked"])}
    passed_over = certain | _replaced(rows)
    for visit_id, patient_id, on, state, _, disposition in rows["visit"]:
        if visit_id not in doubtful or visit_id in passed_over or state is VisitState.DISCARDED:
            continue
        _, product, number = doubtful[visit_id]
        if disposition is not Disposition.NOT_GIVEN and looks_alike(number, lot.number):
            yield UnknownSession(persons[patient_id], visit_id, on, product or "", sources[visit_id], number)
