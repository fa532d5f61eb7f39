"""The second line in the data layer (S-38): no statement reaches another clinic's rows, however a query forgot to ask."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete, exists, func, insert, literal_column, select, text, union_all, update
from sqlalchemy.orm import aliased

from clinic.clinic_scope import ScopeMissing
from clinic.domain.actors import Actor, Role
from clinic.domain.events import Action, Event
from clinic.models import Base, ClinicScoped, Patient, Visit
from clinic.unit_of_work import UnitOfWork, Work
from tests.architecture.sources import ROOT, python_files, tree
from tests.security.world import World

MODELS = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, ClinicScoped)),
    key=lambda model: model.__name__,
)
NOBODY = Actor(user_id="", username="", name="", role=Role.AUDITOR, clinic_id=0)
Query = Callable[[Any], Any]
READS: dict[str, Query] = {
    "rows": select,
    "column": lambda m: select(m.clinic_id),
    "count": lambda m: select(func.count()).select_from(m),
    "alias": lambda m: select(aliased(m)),
    "subquery": lambda m: select(select(m.clinic_id).subquery()),
    "common table": lambda m: select(select(m.clinic_id).cte()),
    "exists": lambda m: select(exists(select(m.clinic_id))),
    "union": lambda m: union_all(select(m.clinic_id), select(m.clinic_id)),
    "join": lambda m: select(m.clinic_id).join(other := aliased(Patient), other.clinic_id == m.clinic_id),
    "joined to": lambda m: select(Patient.clinic_id).select_from(Patient).join(aliased(m), Patient.clinic_id != 0),
    "scalar subquery": lambda m: select(select(func.count(m.clinic_id)).scalar_subquery()),
}


def reads_through(uow: UnitOfWork, clinic_id: int) -> list[str]:
    """Reads that give rows of a clinic, in the unit of work of another one."""
    found = []
    for model in MODELS:
        for name, query in READS.items():
            rows = uow.session.execute(query(model)).all()
            if any(reached(row, clinic_id, name) for row in rows):
                found.append(f"{model.__name__} {name}")
    return found


def reached(row: Any, clinic_id: int, name: str) -> bool:
    """Whether a row is, or counts, rows of the clinic; its own world holds none at all."""
    value = row[0]
    if name in {"count", "exists", "scalar subquery"}:
        return bool(value)
    return (value if isinstance(value, int) else value.clinic_id) == clinic_id


@pytest.fixture
def empty(world: World, work: Work) -> Actor:
    """A person of a third clinic, in which nothing was ever written."""
    from dataclasses import replace

    return replace(world.clinic.prescriber, clinic_id=999)


def test_no_read_gives_another_clinics_rows(world: World, work: Work, empty: Actor) -> None:
    """S-38: eleven shapes of a query × every table, none of which names a clinic."""
    with work.reading(empty) as uow:
        assert reads_through(uow, world.clinic.id) == []


def test_the_same_reads_without_the_scope_are_named(world: World, work: Work) -> None:
    """The tooth: in an unscoped unit of work the check finds the rows of every table that has any."""
    filled = {model.__name__ for model in MODELS if count(world, model)}
    with work.reading(NOBODY, scoped=False) as uow:
        found = {leak.partition(" ")[0] for leak in reads_through(uow, world.clinic.id)}
    assert found >= filled
    assert len(filled) >= 30


def count(world: World, model: Any) -> int:
    """How many rows of the first clinic a table holds."""
    query = f"SELECT count(*) FROM {model.__tablename__} WHERE clinic_id = ?"
    return int(world.store.connection.execute(query, (world.clinic.id,)).fetchone()[0])


def test_a_look_up_by_key_of_another_clinic_gives_nothing(world: World, work: Work) -> None:
    """S-38: ``get`` with the other clinic's own key."""
    with work.reading(world.other.prescriber) as uow:
        assert uow.session.get(Patient, (world.clinic.id, world.ids["patient_id"])) is None
        assert uow.session.get(Visit, (world.clinic.id, world.ids["visit_id"])) is None


@pytest.mark.parametrize("name", READS)
def test_a_read_without_a_clinic_raises(work: Work, world: World, name: str) -> None:
    """S-38: every table, every shape."""
    with work.reading(NOBODY) as uow:
        for model in MODELS:
            with pytest.raises(ScopeMissing):
                uow.session.execute(READS[name](model))


def test_statements_that_write_many_rows_stay_in_their_clinic(world: World, work: Work) -> None:
    """S-38: UPDATE and DELETE statements that name no clinic touch only the person's own."""
    before, reached_rows = world.rows(), []
    with work.writing(world.other.prescriber) as uow:
        for model in MODELS:
            of_it = model.clinic_id == world.clinic.id
            for statement in (update(model).where(of_it).values(clinic_id=world.clinic.id), delete(model).where(of_it)):
                result: Any = uow.session.execute(statement.execution_options(synchronize_session=False))
                reached_rows += [model.__name__] * result.rowcount
        uow.record(Event(Action.PATIENT_CHANGED, "patient"))
    assert reached_rows == []
    assert world.changed(before) == []


@pytest.mark.parametrize("statement", [lambda: update(Patient).values(family_name="x"), lambda: delete(Patient)])
def test_a_write_of_many_rows_without_a_clinic_raises(work: Work, world: World, statement: Callable[[], Any]) -> None:
    with pytest.raises(ScopeMissing), work.writing(NOBODY) as uow:
        uow.session.execute(statement())


def test_rows_inserted_by_a_statement_are_of_the_own_clinic(world: World, work: Work) -> None:
    """S-38, S-30: INSERT with another clinic, with none, with one of two rows, and from a query."""
    other = {"clinic_id": world.clinic.id, "id": "x" * 26}
    own = {"clinic_id": world.other.id, "id": "y" * 26}
    for values in ([other], [{"id": "x" * 26}], [own, other]):
        with pytest.raises(ScopeMissing), work.writing(world.other.prescriber) as uow:
            uow.session.execute(insert(Patient), values)
        with pytest.raises(ScopeMissing), work.writing(world.other.prescriber) as uow:
            uow.session.execute(insert(Patient).values(values))
    with pytest.raises(ScopeMissing), work.writing(world.other.prescriber) as uow:
        uow.session.execute(insert(Patient).from_select(["id"], select(Patient.id)))


def test_a_row_of_another_clinic_cannot_be_added(world: World, work: Work) -> None:
    """S-38: the ORM's own way of writing."""
    with work.writing(world.other.prescriber) as uow:
        patient = uow.session.get_one(Patient, (world.other.id, world.foreign["patient_id"]))
        patient.clinic_id = world.clinic.id
        with pytest.raises(ScopeMissing):
            uow.session.flush()
        uow.session.expunge(patient)


def test_a_table_past_its_model_needs_its_clinic(world: World, work: Work) -> None:
    """S-38: Core statements about a clinic's table raise unless they compare its clinic with the person's."""
    table = Base.metadata.tables["patient"]
    visit = Base.metadata.tables["visit"]
    mine = select(table.c.id).where(table.c.clinic_id == world.other.id)
    with work.reading(world.other.prescriber) as uow:
        found = set(uow.session.scalars(mine))
        assert world.foreign["patient_id"] in found
        assert world.ids["patient_id"] not in found
        for query in (
            select(table.c.id),
            select(table),
            select(table.c.id).where(table.c.clinic_id == world.clinic.id),
            mine.join(visit, visit.c.patient_id == table.c.id),
            select(func.count()).select_from(table),
            select(select(table.c.id).subquery()),
            union_all(select(table.c.id), select(table.c.id)),
            text("SELECT id FROM patient"),
            select(literal_column("id")).select_from(text("patient")),
        ):
            with pytest.raises(ScopeMissing):
                uow.session.execute(query)


UNSCOPED = {
    "clinic/cli/records.py": "an archive is imported into a clinic that it makes; the list of clinics for a command",
    "clinic/backups/runs.py": "a backup is of the whole installation, and so is the note of it",
    "clinic/backups/restoring.py": "every session of a restored installation ends",
    "clinic/cli/setup.py": "the first clinic is made; a command finds a clinic by its name",
    "clinic/demo/__init__.py": "the demo clinics are made",
    "clinic/demo/people.py": "the demo's people are looked up by name",
    "clinic/health/doctor.py": "the whole installation is looked over, without a word about anybody",
    "clinic/health/readiness.py": "the whole installation answers whether it is ready, in one word for strangers",
    "clinic/unit_of_work.py": "audit entries, and housekeeping, belong to a chain or a session",
    "clinic/verification/__init__.py": "the whole installation is checked",
    "clinic/verification/anchors.py": "heads of all chains",
    "clinic/verification/chains.py": "all chains",
    "clinic/cli/second_factors.py": "a command finds a person by the sign-in name",
    "clinic/web/accounts.py": "a sign-in has no clinic yet",
    "clinic/web/one_time_codes.py": "a one-time code is used before a sign-in",
    "clinic/web/passkeys.py": "a passkey names its person, who belongs to clinics",
    "clinic/web/second_factors.py": "second factors belong to a person, not to a clinic",
    "clinic/web/sessions.py": "a session's own row, by the hash of its token",
    "clinic/web/patient_answers.py": "a patient's link names a form before its clinic is known",
    "clinic/web/screen_locks.py": "a session's own row, by the hash of its token",
}
"""Every way round the scope, and why it is one. A new one is written here first."""


def unscoped(folder: str = "clinic") -> Iterator[str]:
    """Files that ask for a unit of work without a scope."""
    for file in python_files(folder):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.keyword) and node.arg == "scoped" and not _passed_on(node.value):
                yield file.relative_to(ROOT).as_posix()


def _passed_on(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) or (isinstance(value, ast.Constant) and value.value is True)


def test_the_ways_round_the_scope_are_known() -> None:
    """S-38: no file is unscoped that does not say here why."""
    assert set(unscoped()) == set(UNSCOPED)
