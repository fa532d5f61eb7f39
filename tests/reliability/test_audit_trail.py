"""The audit trail attacked behind the program, and on a clock that jumps: every change is named with its place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from clinic import verification
from clinic.audit_chain import CLOCK_TOLERANCE
from clinic.domain.events import Action, Event
from clinic.models import AuditEvent, AuditHead
from clinic.services import accounts
from clinic.unit_of_work import Work
from tests.conftest import Clock
from tests.factories import ClinicWorld, make_clinic
from tests.reliability.tampering import World, found, tamper

FIRST = 10
"""The entry from which on every column is edited, each in an entry of its own."""
OTHERS = {"chain", "sequence", "at"}
COLUMNS = [one.name for one in AuditEvent.__table__.columns]


@pytest.fixture
def shipped() -> Iterator[list[logging.LogRecord]]:
    """What goes to the log, as a syslog would get it."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.INFO)
    handler.emit = records.append  # type: ignore[method-assign]
    logger = logging.getLogger("clinic")
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


def edits() -> dict[str, tuple[str, int]]:
    """Column → the statement that edits it, and the entry in which it does."""
    values = {"chain": "7", "sequence": "70000", "at": "'2026-11-21 09:00:00.000000'"}
    made = {}
    for number, name in enumerate(COLUMNS):
        entry = FIRST + 2 * number
        value = values.get(name, "'forged'")
        where = f"WHERE chain = 1 AND sequence = {entry}"
        made[name] = (f'UPDATE audit_event SET "{name}" = {value} {where}', entry)
    return made


def unnamed_edits(problems: list[str], made: dict[str, tuple[str, int]]) -> list[str]:
    """Every edited column whose entry no problem names, by its number or as missing before the next."""
    return [
        name
        for name, (_, entry) in made.items()
        if not any(one.startswith(f"chain 1, entry {entry}:") or f"entry {entry} is missing" in one for one in problems)
    ]


def test_an_edit_of_any_column_of_an_entry_is_named_with_its_place(copy: Callable[[str], World]) -> None:
    """A-07, R-07, O-02: generated over all columns of the table, so that a new one cannot be forgotten."""
    made = edits()
    world = copy("columns")
    problems = found(world, [statement for statement, _ in made.values()])
    assert unnamed_edits(problems, made) == []


def test_an_edit_that_nobody_finds_would_be_named(copy: Callable[[str], World]) -> None:
    """The tooth: a statement that changes nothing is reported as not found."""
    made = edits()
    statements = [statement for name, (statement, _) in made.items() if name != "reason"]
    assert unnamed_edits(found(copy("tooth"), statements), made) == ["reason"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit_head SET sequence = sequence + 1 WHERE chain = 1", "its head says"),
        ("UPDATE audit_head SET hash = 'x' WHERE chain = 1", "its head says"),
        ("DELETE FROM audit_head WHERE chain = 1", "its head is missing"),
    ],
)
def test_an_edited_head_is_named(copy: Callable[[str], World], statement: str, words: str) -> None:
    problems = found(copy("head"), [statement])
    assert any(words in one for one in problems), problems


def test_another_clinics_chain_in_its_place_is_named(copy: Callable[[str], World]) -> None:
    """A-07: entries are bound to their chain; a whole chain copied over from elsewhere does not fit."""
    world = copy("foreign")
    make_clinic(world.work, prefix="foreign-")
    assert world.verify() == ()
    problems = found(
        world,
        [
            "DELETE FROM audit_event WHERE chain = 1",
            "UPDATE audit_event SET chain = 1 WHERE chain = 2",
            (
                "UPDATE audit_head SET sequence = (SELECT max(sequence) FROM audit_event WHERE chain = 1),"
                " hash = (SELECT hash FROM audit_event WHERE chain = 1 ORDER BY sequence DESC LIMIT 1) WHERE chain = 1"
            ),
        ],
    )
    assert any(one.startswith("chain 1, entry 1: its content was changed") for one in problems)
    assert any(one.startswith("chain 2, entry ") for one in problems)  # Its anchor knows entries that are gone.


def test_another_chains_anchors_in_its_place_are_named(copy: Callable[[str], World]) -> None:
    world = copy("anchors")
    installation = (world.anchors / "0.jsonl").read_text(encoding="utf-8")
    (world.anchors / "1.jsonl").write_text(installation, encoding="utf-8")
    assert any("is not the entry that the anchor of" in str(one) for one in world.verify())


def test_a_file_of_yesterday_with_the_anchors_of_yesterday_is_told_by_the_log(
    copy: Callable[[str], World], shipped: list[logging.LogRecord]
) -> None:
    """S-82: who puts database and anchors back together is found by the anchor lines that the log shipped."""
    today = copy("today")
    today.add_addendum()
    today.verify()
    lines = [one.clinic for one in shipped if one.getMessage() == "audit anchor"]  # type: ignore[attr-defined]
    yesterday = copy("yesterday")
    with yesterday.work.reading(accounts.SYSTEM, scoped=False) as uow:
        head = uow.session.get_one(AuditHead, 1)
        ends = (head.sequence, head.hash)
    [line] = [one for one in lines if one["chain"] == 1]
    assert line["sequence"] > ends[0]
    assert line["hash"] != ends[1]


def entries(work: Work, chain: int) -> list[tuple[int, str, datetime]]:
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        rows = select(AuditEvent.sequence, AuditEvent.action, AuditEvent.at).where(AuditEvent.chain == chain)
        return [(row[0], row[1], row[2]) for row in uow.session.execute(rows.order_by(AuditEvent.sequence))]


@pytest.mark.parametrize(
    ("back", "noted"),
    [
        (CLOCK_TOLERANCE - timedelta(seconds=1), False),
        (CLOCK_TOLERANCE, False),
        (CLOCK_TOLERANCE + timedelta(seconds=1), True),
        (timedelta(days=1), True),
        (timedelta(days=365), True),
    ],
)
def test_a_clock_set_back_is_an_entry_of_its_own(
    work: Work, clinic: ClinicWorld, clock: Clock, back: timedelta, noted: bool
) -> None:
    """A-09, D-26: the order is that of the numbers; the step itself is chained before what follows it, once."""
    event = Event(Action.STOCK_VIEWED, "stock")
    work.append(clinic.prescriber, [event])
    clock.now -= back
    before = entries(work, clinic.id)
    work.append(clinic.prescriber, [event])
    work.append(clinic.prescriber, [event])
    added = entries(work, clinic.id)[len(before) :]
    steps = ["clinic.clock_moved"] if noted else []
    assert [action for _, action, _ in added] == [*steps, "stock.viewed", "stock.viewed"]
    assert [number for number, _, _ in added] == [before[-1][0] + 1 + index for index in range(len(added))]
    assert verification.of_clinic(work, clinic.id) == ()


def test_a_long_act_is_no_clock_that_moved(work: Work, clinic: ClinicWorld, clock: Clock) -> None:
    """What began ten minutes ago and ends now carries the time of its beginning; that is no step of the clock."""
    work.append(clinic.prescriber, [Event(Action.STOCK_VIEWED, "stock")])
    with work.writing(clinic.people[next(iter(clinic.people))]) as uow:
        clock.move(minutes=10)
        uow.now -= timedelta(minutes=5)
        uow.record(Event(Action.CLINIC_CHANGED, "clinic"))
    assert "clinic.clock_moved" not in {action for _, action, _ in entries(work, clinic.id)}


def test_a_start_before_the_last_anchor_is_an_entry(copy: Callable[[str], World]) -> None:
    """A-09: the server starts on a day before the one on which it last anchored."""
    world = copy("start")
    world.clock.move(days=3)
    world.add_addendum()
    verification.anchor(world.work, world.anchors)
    with world.work.reading(accounts.SYSTEM, scoped=False) as uow:
        before = uow.session.get_one(AuditHead, 1).sequence
    world.clock.move(days=-2)
    assert verification.anchor(world.work, world.anchors) == ()
    added = [action for number, action, _ in entries(world.work, 1) if number > before]
    assert added.count("clinic.clock_moved") >= 1
    assert world.verify() == ()


def test_the_end_of_a_day_goes_to_the_log(
    work: Work, clinic: ClinicWorld, clock: Clock, shipped: list[logging.LogRecord]
) -> None:
    """S-82: chain, number and hash of a day's last entry, once, when the next day begins."""
    event = Event(Action.STOCK_VIEWED, "stock")
    work.append(clinic.prescriber, [event])
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        head = uow.session.get_one(AuditHead, clinic.id)
        said = {"chain": clinic.id, "sequence": head.sequence, "hash": head.hash, "day": "2026-11-22"}
    clock.move(days=1)
    work.append(clinic.prescriber, [event])
    work.append(clinic.prescriber, [event])
    lines = [one.clinic for one in shipped if one.getMessage() == "audit digest"]  # type: ignore[attr-defined]
    assert lines == [said]


@pytest.mark.sqlite_only
def test_a_time_that_is_none_does_not_stop_the_trail(copy: Callable[[str], World]) -> None:
    """Who writes nonsense into the newest entry is named, and the record still takes entries."""
    world = copy("nonsense")
    tamper(
        world,
        [
            "UPDATE audit_event SET at = 'x' WHERE chain = 1 AND sequence = (SELECT max(sequence) FROM audit_event WHERE chain = 1)"
        ],
    )
    world.work.append(world.clinic.prescriber, [Event(Action.STOCK_VIEWED, "stock")])
    assert any("cannot be read" in str(one) for one in world.verify())


def test_nothing_in_the_program_removes_an_entry() -> None:
    """A-06, O-02: no statement that deletes or updates the audit trail stands anywhere in the program."""
    assert audit_removals(sources()) == []
    planted = {"clinic/services/purge.py": "session.execute(delete(AuditEvent))"}
    assert audit_removals(sources() | planted) == ["clinic/services/purge.py"]


def sources() -> dict[str, str]:
    """The program's modules by path."""
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    return {str(file.relative_to(root)): file.read_text(encoding="utf-8") for file in (root / "clinic").rglob("*.py")}


def audit_removals(modules: dict[str, str]) -> list[str]:
    """Every module that deletes or updates entries of the trail."""
    import re

    removing = re.compile(
        r"(delete|update)\(\s*Audit(Event|Head)|(DELETE FROM|UPDATE)\s+\"?audit_(event|head)", re.IGNORECASE
    )
    return sorted(name for name, text in modules.items() if removing.search(text))
