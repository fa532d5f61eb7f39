"""A small signed world, copied for each test, and a hand that changes rows behind the program's back."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
from sqlalchemy import create_engine

from clinic import new_id, verification
from clinic.domain.adverse_event_entries import EventEntry
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.amendment_requests import Basis, Correction, EntryKind
from clinic.domain.anatomy import Side
from clinic.domain.assessments import sunnybrook
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.documents.content import canonical, digest
from clinic.domain.documents.kinds import DocumentKind, Edition
from clinic.domain.documents.texts import language
from clinic.domain.injections import Answer
from clinic.domain.inventory import CountKind
from clinic.domain.muscle_blocks import BlockEntry
from clinic.domain.next_doses import Direction, Rule, Weakness
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import ItemKind, PlanState
from clinic.domain.review_entries import ReviewEntry
from clinic.domain.training import BroughtDown, Feedback, Method, Training
from clinic.domain.visits import Disposition, Section
from clinic.extensions import prepare
from clinic.models import Patient, triggers
from clinic.queries.document_contents import document_draft
from clinic.queries.document_heads import Ask
from clinic.queries.inventory import vial_rows
from clinic.queries.plan_items import patient_plan
from clinic.queries.visit_revisions import signed_version
from clinic.services import (
    adverse_events,
    amendment_requests,
    documents,
    dose_rules,
    grids,
    issued_documents,
    merges,
    planning_rules,
    signing,
    texts,
    visit_moves,
    visits,
)
from clinic.services.amendment_requests import RequestEntry
from clinic.services.assessments import save_assessment
from clinic.services.blocks import record_block
from clinic.services.diaries import enter_weeks
from clinic.services.goals import rate_goals
from clinic.services.plan_items import add_item, set_state
from clinic.services.planning_answers import save_planning_answers
from clinic.services.reviews import save_review
from clinic.services.stock_levels import count_vials
from clinic.services.training import save_training
from clinic.unit_of_work import Work
from tests import factories
from tests.charting import Charting, open_vial
from tests.conftest import Clock
from tests.injecting import co_signed, sign_as_injector
from tests.planning import ENTRIES
from tests.postgresql import owners

DOSE_RULE = Rule(
    "", "botox", "mentalis", 2, 3, Weakness.NONE, 0, 104, Direction.UP, Decimal(1), Decimal(10), "Our own habit so far"
)
SWITCHED_OFF = "training-first"


@dataclass
class World:
    """A database with signed visits, its audit key, and the folder of its anchors."""

    work: Work
    clock: Clock
    clinic: factories.ClinicWorld
    anchors: Path
    first: str
    second: str
    voided: str

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return Path(self.work.engine.url.database or "")

    def verify(self) -> tuple[verification.Problem, ...]:
        """All problems."""
        return verification.verify(self.work, self.anchors).problems

    def add_addendum(self) -> None:
        """One more signed act."""
        actor = replace(self.clinic.prescriber, password_at=self.clock.now)
        with self.work.writing(actor) as uow:
            signing.add_addendum(uow, self.first, "Told by phone that all is well.")


def built(work: Work, clock: Clock, anchors: Path) -> World:
    """Two patients: a session with addendum and document, a plain visit, and a session voided as not given."""
    clinic = factories.make_clinic(work)
    first = Charting.begun(work, clinic, clock)
    with first.writing() as uow:
        visits.write(uow, first.visit_id, 2, notes={Section.ASSESSMENT: "Sunnybrook 58."})
    _graded(first)
    _planned(first)
    first.signed()
    second = _other(first)
    co_signed(second, sign_as_injector(second), "Looked at together.")
    kept = second.visit_id
    second.start()
    _reviewed(second, kept)
    second.signed()
    with second.fresh_writing() as uow:
        signing.void(uow, second.visit_id, "Signed in the wrong record.", Disposition.NOT_GIVEN)
    world = World(work, clock, clinic, anchors, first.visit_id, kept, second.visit_id)
    world.add_addendum()
    _harmed(first)
    with first.reading() as uow:
        sha256 = signed_version(uow, first.visit_id).signature.content_sha256
    with first.writing() as uow:
        documents.issue(uow, first.visit_id, documents.SUMMARY, b"%PDF-1.7 a summary of the first visit", sha256)
    _handed_over(first)
    _accepted(first)
    _asked(first)
    _brought_together(first)
    return world


def _handed_over(charting: Charting) -> None:
    """A document about the first patient, as the pages hand it over."""
    with charting.reading() as uow:
        ask = Ask(DocumentKind.MASSAGE_HANDOUT, charting.patient_id, language="es")
        content = document_draft(uow, ask).content
    written = canonical(content).decode()
    with charting.writing() as uow:
        one = issued_documents.Print(
            id=uow.new_id(),
            kind=content.kind,
            title=content.title,
            language=content.language,
            edition=Edition.NORMAL,
            paper="A4",
            visit_id=None,
            content=written,
            content_sha256=digest(content),
            body=b"%PDF-1.7 a handout of the first patient",
        )
        issued_documents.hand_over(uow, charting.patient_id, [one], given_to="patient", purpose="to take home")


def _asked(charting: Charting) -> None:
    """A request of the first patient that was denied and disagreed with, and one that an addendum answered."""
    on = charting.clock.now.date()
    for number, text in enumerate(("It was the corner of the mouth.", "The day is wrong.")):
        with charting.writing() as uow:
            asked = RequestEntry(on, "the patient", text, charting.visit_id)
            request_id = amendment_requests.enter_request(uow, charting.patient_id, asked)
        with charting.fresh_writing() as uow:
            if number:
                amendment_requests.accept(uow, request_id, 0, Correction.ADDENDUM, "The day is put right here.")
            else:
                amendment_requests.deny(uow, request_id, 0, Basis.ACCURATE, "Compared with the photographs.")
        if not number:
            with charting.writing() as uow:
                amendment_requests.answer(uow, request_id, 1, EntryKind.DISAGREEMENT, "I disagree with that.")


def _brought_together(charting: Charting) -> None:
    """Four people of whom one was entered twice, two look alike, and one was charted in another's record."""
    people = [
        factories.make_patient(
            charting.work,
            charting.clinic.prescriber,
            family_name=name,
            given_names=f"{name}a",
            record_number=f"M-{name}",
        )
        for name in ("Abel", "Brandt", "Cole", "Dorn")
    ]
    fresh = charting.fresh_writing
    with fresh() as uow:
        merges.mark_distinct(uow, people[2], people[3])
        draft = visits.start(uow, people[2], with_injections=False)
    with fresh() as uow:
        told = {"initials": "DD", "birth_year": "1979", "reason": "Two charts were open"}
        visit_moves.move(uow, draft, 1, people[3], **told)
    for undone in (True, False):
        with fresh() as uow:
            versions = [uow.session.get_one(Patient, (uow.clinic_id, one)).edit_version for one in people[:2]]
            merges.merge(
                uow,
                people[0],
                people[1],
                kept_version=versions[0],
                merged_version=versions[1],
                record_number="M-Brandt",
                reason="Entered twice",
            )
        if undone:
            with fresh() as uow:
                merges.part(uow, people[1], "They are two people", kept_version=versions[0] + 1)


def _accepted(charting: Charting) -> None:
    """One text accepted, withdrawn and accepted again, another only accepted."""
    english = language("en").texts
    for text_id in ("emergency", "facial_massage", "emergency"):
        with charting.writing() as uow:
            text = english[text_id]
            texts.accept_text(uow, "en", text_id, version=text.version, sha256=text.sha256)
        if text_id == "facial_massage":
            with charting.writing() as uow:
                texts.withdraw_text(uow, "en", "emergency", "A number is out of date")


def _graded(first: Charting) -> None:
    answers = {item.key: item.options[-1].value for item in sunnybrook.SUNNYBROOK.items}
    with first.writing() as uow:
        version = sunnybrook.SUNNYBROOK.version
        save_assessment(uow, first.visit_id, "sunnybrook", answers, version=version, side=Side.LEFT)
        grids.save_cells(uow, first.visit_id, [Cell(Place(Side.LEFT, Movement.PUCKER, Group.CHIN), 3, 2)])


def _planned(first: Charting) -> None:
    with first.writing() as uow:
        for entry in ENTRIES.values():
            add_item(uow, first.patient_id, entry, visit_id=first.visit_id)
    with first.writing() as uow:
        goal = next(one for one in patient_plan(uow, first.patient_id) if one.kind is ItemKind.GOAL)
        set_state(uow, goal.id, 1, PlanState.DECLINED, "Another goal matters more")
        rate_goals(uow, first.visit_id, {goal.id: 1})
        save_planning_answers(uow, first.visit_id, {PlanningQuestion.MASS: (Answer.NO, "")})
        record_block(uow, first.visit_id, BlockEntry("depressor_anguli_oris", Side.LEFT, "lidocaine", 5))
        eye = Feedback(Method.EMG, Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE), BroughtDown.PARTLY, 3, 2)
        save_training(uow, first.visit_id, Training(45, (Method.EMG,), (eye,), "daily", ""))
        enter_weeks(uow, first.patient_id, "2026-11-09: x x x x x - -", "as on the sheet")
    with first.writing() as uow:
        rule_id = dose_rules.write_rule(uow, DOSE_RULE)
        dose_rules.switch_rule(uow, rule_id, on=True)
        planning_rules.switch_off(uow, SWITCHED_OFF, "Not used in this clinic")


def _reviewed(second: Charting, session_id: str) -> None:
    eye = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
    effects = ((eye, 50, False, (("orbicularis_oculi", Side.LEFT),)),)
    with second.writing() as uow:
        save_review(uow, second.visit_id, session_id, ReviewEntry(adverse_event=Answer.NO, effects=effects))


def _harmed(first: Charting) -> None:
    site_id = first.record(first.visit_id).sites[0].id
    entry = EventEntry(Kind.EYELID_PTOSIS, 1, Relation.PROBABLE, Side.LEFT, site_ids=(site_id,))
    with first.writing() as uow:
        event_id = adverse_events.record_event(uow, first.patient_id, entry, session_id=first.visit_id)
    with first.writing() as uow:
        adverse_events.change_event(uow, event_id, replace(entry, grade=2), 1)
    with first.writing() as uow:
        adverse_events.review_event(uow, event_id, 2, "Seen; the lid is left out next time")


def _other(first: Charting) -> Charting:
    patient_id = factories.make_patient(
        first.work, first.clinic.prescriber, family_name="Kerr", birth_date=date(1979, 7, 1)
    )
    factories.make_condition(first.work, first.clinic.prescriber, patient_id)
    vial_id = open_vial(first.work, first.clinic, label="V-0002", lot="C9999Z9")
    with first.reading() as uow:
        lot_id = vial_rows(uow, [vial_id])[vial_id].lot_id
    with first.writing() as uow:
        count_vials(uow, lot_id, CountKind.RECEIVED, "5")
    second = Charting(first.work, first.clinic, first.clock, patient_id, vial_id)
    second.start()
    return second


def copied(world: World, url: str, anchors: Path) -> World:
    """The same world on another copy of its database, with a copy of its anchors."""
    engine = create_engine(url)
    prepare(engine)
    shutil.copytree(world.anchors, anchors)
    clock = Clock()
    clock.now = max(world.clock.now, datetime(2026, 11, 22, 10, tzinfo=UTC)) + timedelta(minutes=1)
    return replace(world, work=Work(engine, world.work.key, new_id, clock), clock=clock, anchors=anchors)


def tamper(world: World, statements: Sequence[str]) -> None:
    """Run statements with triggers, foreign keys and checks out of the way, then put the triggers back."""
    if world.work.engine.dialect.name == "sqlite":
        _tamper_sqlite(world.file, statements)
    else:
        address = owners(world.work.engine.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(statement.encode())


def found(world: World, statements: Sequence[str]) -> list[str]:
    """What verification says after the statements, in which {first}, {second} and {voided} name the world's visits."""
    names = {"first": world.first, "second": world.second, "voided": world.voided}
    tamper(world, [statement.format(**names) for statement in statements])
    return [str(problem) for problem in world.verify()]


def _tamper_sqlite(file: Path, statements: Sequence[str]) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        kept = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        assert {name for name, _ in kept} == triggers.expected_names()
        for name, _ in kept:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, text in kept:
            connection.execute(text)
        connection.execute("COMMIT")
