"""The audit trail as a page reads it: clinic, filters, pages."""

from __future__ import annotations

from datetime import date

from sqlalchemy import event

from clinic import audit_chain
from clinic.domain.accesses import Asked
from clinic.domain.actors import Role
from clinic.domain.events import Action, Event
from clinic.queries import accesses
from clinic.queries import audit as query
from clinic.services import accounts
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld
from tests.services.test_inventory import make_visit


def note(work: Work, clinic: ClinicWorld, count: int = 1, **values: object) -> None:
    with work.reading(clinic.prescriber) as uow:
        uow.record(*(Event(Action.STOCK_VIEWED, "stock", new=values) for _ in range(count)))


def page(work: Work, clinic: ClinicWorld, **filters: object) -> query.AuditPage:
    with work.reading(clinic.people[Role.AUDITOR]) as uow:
        return query.audit_page(uow, query.Filters(**filters))  # type: ignore[arg-type]


def test_pages_of_fifty_cover_everything_once(work: Work, clinic: ClinicWorld) -> None:
    note(work, clinic, 120)
    seen: list[int] = []
    before: int | None = None
    while True:
        found = page(work, clinic, before=before)
        assert len(found.rows) <= query.PAGE_SIZE
        seen += [row.sequence for row in found.rows]
        if found.older is None:
            break
        before = found.older
    assert seen == list(range(len(seen), 0, -1))
    assert len(seen) > 120


def test_another_clinics_entries_are_not_there(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld) -> None:
    note(work, other_clinic)
    assert not page(work, clinic, action="stock.viewed").rows
    assert len(page(work, other_clinic, action="stock.viewed").rows) == 1


def test_filters_by_person_outcome_and_action(work: Work, clinic: ClinicWorld) -> None:
    note(work, clinic)
    work.append(clinic.people[Role.THERAPIST], [Event(Action.REFUSED, "x")])
    assert {row.role for row in page(work, clinic, user_id=clinic.prescriber.user_id).rows} == {"prescriber"}
    assert [row.action for row in page(work, clinic, outcome="refused").rows] == ["Request refused"]
    assert [row.action for row in page(work, clinic, action="stock.viewed").rows] == ["Stock viewed"]


def test_days_are_the_clinics_days(work: Work, clinic: ClinicWorld, clock) -> None:
    clock.move(hours=13.5)  # 23:30 UTC on the 22nd is the 23rd in Berlin.
    note(work, clinic)
    later, earlier = date(2026, 11, 23), date(2026, 11, 22)
    assert len(page(work, clinic, action="stock.viewed", since=later, until=later).rows) == 1
    assert not page(work, clinic, action="stock.viewed", since=earlier, until=earlier).rows


def test_who_saw_a_patient_counts_lists_that_showed_the_patient(work: Work, clinic: ClinicWorld) -> None:
    patient_id, _ = make_visit(work, clinic)
    note(work, clinic, patients=f"someone {patient_id}")
    note(work, clinic, patients="someone else")
    with work.reading(clinic.people[Role.INJECTOR]) as uow:
        uow.record(Event(Action.PATIENT_VIEWED, "patient", patient_id=patient_id))
    with work.reading(clinic.people[Role.AUDITOR]) as uow:
        found = {access.role: access for access in accesses.patient_accesses(uow, Asked(patient_id)).rows}
    assert (found["prescriber"].reads, found["prescriber"].changes) == (1, 0)
    assert (found["injector"].reads, found["injector"].changes) == (1, 0)
    assert set(found) == {"prescriber", "injector"}


def test_a_page_is_a_fixed_number_of_statements(work: Work, clinic: ClinicWorld) -> None:
    def statements() -> int:
        seen: list[str] = []

        def count(_connection, _cursor, statement, *_rest) -> None:
            seen.append(statement)

        event.listen(work.engine, "before_cursor_execute", count)
        page(work, clinic)
        event.remove(work.engine, "before_cursor_execute", count)
        return len([one for one in seen if one.lstrip().upper().startswith("SELECT")])

    few = statements()
    note(work, clinic, 60)
    assert statements() == few == 4


def test_a_whole_chain_has_no_breaks(work: Work, clinic: ClinicWorld) -> None:
    note(work, clinic, 3)
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        assert query.chains(uow) == (0, clinic.id)
        assert list(audit_chain.breaks(uow.session, uow.key, clinic.id)) == []


def test_every_action_has_words() -> None:
    words = [label for _, label in query.actions()]
    assert len(words) == len(set(words)) == len(Action)
