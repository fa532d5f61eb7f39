"""A clinic's licensed wording: taken in use with a statement, replaced, taken out, and never seen by another clinic."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from clinic.domain import assessments
from clinic.domain.actors import Role
from clinic.domain.errors import Invalid, NotFound, NotPermitted, Stale
from clinic.domain.events import Action, Event
from clinic.models import AuditEvent, InstrumentWording
from clinic.queries.instrument_wordings import Wording, wording, wordings
from clinic.services.instrument_wordings import WordingEntry, accept_wording, retire_wording
from clinic.unit_of_work import Work
from tests.domain.test_instrument_wordings import own_answers, questions
from tests.factories import ClinicWorld

SAQ = assessments.instrument("saq")
ENTRY = WordingEntry("Licence of 3 May 2026 (invented)", "English 1", "Hello", questions(SAQ), own_answers(SAQ))


def accept(work: Work, clinic: ClinicWorld, entry: WordingEntry = ENTRY, mark: int = 0, key: str = "saq") -> None:
    with work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        accept_wording(uow, key, entry, mark)


def now(work: Work, clinic: ClinicWorld) -> Wording | None:
    with work.reading(clinic.people[Role.ADMINISTRATOR]) as uow:
        return wording(uow).get("saq")


def test_a_wording_is_in_use_with_its_licence(work: Work, clinic: ClinicWorld) -> None:
    accept(work, clinic)
    found = now(work, clinic)
    assert found is not None
    assert (found.intro, found.question("q3"), found.answer("q3", 5)) == ("Hello", "Invented q3", "q3 is 5")
    assert (found.version, found.statement) == (ENTRY.version, ENTRY.statement)
    assert found.accepted_by == clinic.people[Role.ADMINISTRATOR].name


def test_a_correction_takes_the_place_of_what_was_shown(work: Work, clinic: ClinicWorld) -> None:
    accept(work, clinic)
    before = now(work, clinic)
    assert before is not None
    accept(work, clinic, replace(ENTRY, intro="", version="English 2"), before.mark)
    after = now(work, clinic)
    assert after is not None
    assert (after.intro, after.version) == ("", "English 2")


@pytest.mark.parametrize("mark", [0, 1])
def test_a_wording_changed_meanwhile_is_not_overwritten(work: Work, clinic: ClinicWorld, mark: int) -> None:
    accept(work, clinic)
    before = now(work, clinic)
    with pytest.raises(Stale):
        accept(work, clinic, replace(ENTRY, intro="Other"), mark)
    with pytest.raises(Stale), work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        retire_wording(uow, "saq", mark)
    assert now(work, clinic) == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"statement": "x" * 9}, "statement"),
        ({"statement": " " * 20}, "statement"),
        ({"statement": "x" * 1001}, "statement"),
        ({"version": ""}, "version"),
        ({"version": "x" * 21}, "version"),
        ({"questions": {}}, "q1"),
        ({"answers": {}}, "q1_answers"),
    ],
)
def test_half_a_wording_is_refused(work: Work, clinic: ClinicWorld, change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        accept(work, clinic, replace(ENTRY, **change))  # type: ignore[arg-type]
    assert field in refused.value.fields
    assert now(work, clinic) is None


def test_a_statement_of_ten_characters_is_enough(work: Work, clinic: ClinicWorld) -> None:
    accept(work, clinic, replace(ENTRY, statement="x" * 10, version="x" * 20))
    assert now(work, clinic) is not None


@pytest.mark.parametrize("key", ["sunnybrook", "follow_up", "synkinesis_grid", "eface"])
def test_only_licensed_questionnaires_have_wording(work: Work, clinic: ClinicWorld, key: str) -> None:
    with pytest.raises(NotFound):
        accept(work, clinic, key=key)


def test_a_wording_taken_out_leaves_no_licensed_text_behind(work: Work, clinic: ClinicWorld) -> None:
    accept(work, clinic)
    before = now(work, clinic)
    assert before is not None
    with work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        retire_wording(uow, "saq", before.mark)
    assert now(work, clinic) is None
    with work.reading(clinic.people[Role.ADMINISTRATOR]) as uow:
        assert list(uow.session.execute(select(InstrumentWording.part))) == []
        ours = list(uow.session.scalars(select(AuditEvent.values).where(AuditEvent.subject == "instrument:saq")))
    assert len(ours) == 2
    assert all(ENTRY.statement in row for row in ours)
    assert all(before.digest in row for row in ours)
    assert "Invented" not in str(ours)
    with pytest.raises(NotFound), work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        retire_wording(uow, "saq", 0)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_an_administrator_states_a_licence(work: Work, clinic: ClinicWorld, role: Role) -> None:
    accept(work, clinic)
    before = now(work, clinic)
    assert before is not None
    with pytest.raises(NotPermitted), work.writing(clinic.people[role]) as uow:
        accept_wording(uow, "saq", replace(ENTRY, intro="Other"), before.mark)
    with pytest.raises(NotPermitted), work.writing(clinic.people[role]) as uow:
        retire_wording(uow, "saq", before.mark)
    assert now(work, clinic) == before


def test_another_clinics_wording_is_never_seen(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld) -> None:
    accept(work, clinic)
    assert now(work, other_clinic) is None
    accept(work, other_clinic, replace(ENTRY, intro="Guten Tag"))
    mine, theirs = now(work, clinic), now(work, other_clinic)
    assert mine is not None
    assert theirs is not None
    assert (mine.intro, theirs.intro) == ("Hello", "Guten Tag")
    with work.writing(other_clinic.people[Role.ADMINISTRATOR]) as uow:
        retire_wording(uow, "saq", theirs.mark)
    assert now(work, clinic) == mine


def test_wording_that_lacks_a_piece_is_given_to_no_patient(work: Work, clinic: ClinicWorld) -> None:
    accept(work, clinic)
    with work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        row = uow.session.get_one(InstrumentWording, (clinic.id, "saq", "q9.5"))
        uow.session.delete(row)
        uow.record(Event(Action.WORDING_ACCEPTED, "instrument:saq"))
    assert now(work, clinic) is None
    with work.reading(clinic.people[Role.ADMINISTRATOR]) as uow:
        assert not wordings(uow)["saq"].is_complete


def test_of_many_pasted_at_once_one_is_in_use_and_the_others_are_told(work: Work, clinic: ClinicWorld) -> None:
    def accept_one(number: int) -> str:
        try:
            with work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
                accept_wording(uow, "saq", replace(ENTRY, version=f"Pasted {number}"))
        except Stale:
            return "told"
        return "taken"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(accept_one, range(6))) == ["taken", *["told"] * 5]
