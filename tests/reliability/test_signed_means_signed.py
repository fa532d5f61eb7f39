"""Every column that a signature, an appended text or a request rests on: changed behind the program, it is named (P-01, P-09)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import Enum
from typing import Any

import pytest
from sqlalchemy import Column

from clinic.models import Base
from clinic.verification import amendment_requests, merges, signed, told
from tests.reliability.tampering import World, found, tamper

SEALED = {
    "signature": (signed,),
    "co_signature": (told, signed),
    "addendum": (signed, told),
    "visit_void": (told,),
    "amendment_request": (amendment_requests,),
    "amendment_request_entry": (amendment_requests,),
    "patient_merge": (merges,),
    "patient_distinct": (merges,),
    "visit_move": (merges,),
}
"""Tables of what is signed or asked, and of what moved rows rest on, with the parts of the verification that answer for them."""

KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    "a signature copied over another": (
        (
            (
                "UPDATE signature SET content = (SELECT content FROM signature WHERE visit_id = '{second}'),"
                " content_sha256 = (SELECT content_sha256 FROM signature WHERE visit_id = '{second}'),"
                " seal = (SELECT seal FROM signature WHERE visit_id = '{second}') WHERE visit_id = '{first}'"
            ),
        ),
        "signatures were swapped",
    ),
    "the meaning of a signature": (
        ("UPDATE signature SET meaning = 'amended' WHERE visit_id = '{first}'",),
        "the seal does not fit",
    ),
    "under whom it was signed": (
        ("UPDATE signature SET under = 'Somebody Else' WHERE visit_id = '{second}'",),
        "the seal does not fit",
    ),
    "a co-signature moved to another visit": (
        ("UPDATE co_signature SET visit_id = '{first}'",),
        "is not over what was signed for this visit",
    ),
    "a co-signature over another hash": (
        (f"UPDATE co_signature SET content_sha256 = '{'0' * 64}'",),
        "is not over what was signed for this visit",
    ),
    "the note of a co-signature": (("UPDATE co_signature SET note = 'Not seen'",), "time, note, hash or visit"),
    "a co-signature removed": (("DELETE FROM co_signature",), "a co-signature in the audit trail is missing"),
    "a co-signature by the signer": (
        (
            (
                "UPDATE co_signature SET signer_id ="
                " (SELECT signer_id FROM signature s WHERE s.visit_id = co_signature.visit_id)"
            ),
        ),
        "is by the person who signed first",
    ),
    "who voided": (
        ("UPDATE visit_void SET by_id = 'x'",),
        "the voiding in the audit trail is missing here or was changed",
    ),
    "the patient's words in a request": (
        ("UPDATE amendment_request SET text = 'All is well.'",),
        "step 0: text differs from what the audit trail says",
    ),
    "a denial made an acceptance": (
        ("UPDATE amendment_request_entry SET kind = 'accepted'",),
        "step 1: kind differs from what the audit trail says",
    ),
    "a request removed": (
        ("DELETE FROM amendment_request_entry", "DELETE FROM amendment_request"),
        "step 0: is in the audit trail and missing here",
    ),
    "a disagreement removed": (
        ("DELETE FROM amendment_request_entry WHERE kind = 'disagreement'",),
        "step 2: is in the audit trail and missing here",
    ),
    "the addendum that answers a request": (
        ("UPDATE amendment_request_entry SET addendum_id = 'x' WHERE addendum_id IS NOT NULL",),
        "step 1: addendum_id differs from what the audit trail says",
    ),
}


@pytest.mark.parametrize("what", KINDS)
def test_a_change_of_what_stands_beside_a_signed_visit_is_found(what: str, copy: Callable[[str], World]) -> None:
    """P-01, P-09: with the kinds of ``test_verification`` more than sixty."""
    statements, expected = KINDS[what]
    problems = found(copy("copy"), statements)
    assert any(expected in problem for problem in problems), problems


@pytest.mark.sqlite_only
@pytest.mark.parametrize("table", ["document", "issued_document"])
def test_a_flipped_byte_of_any_kept_file_is_found(table: str, copy: Callable[[str], World]) -> None:
    flipped = f"UPDATE {table} SET body = CAST(substr(body, 1, 20) || 'X' || substr(body, 22) AS BLOB)"
    assert any("do not have the hash" in problem for problem in found(copy("copy"), (flipped,)))


@pytest.mark.sqlite_only
@pytest.mark.parametrize("table", SEALED)
def test_a_change_of_any_column_is_named(table: str, copy: Callable[[str], World]) -> None:
    """P-01: generated over the columns, so that a new one cannot be forgotten."""
    assert unnamed(copy("copy"), table, SEALED[table]) == []


@pytest.mark.sqlite_only
def test_a_column_that_nobody_checks_is_told(copy: Callable[[str], World]) -> None:
    """The tooth: without the check of the seals, the columns that only they hold are named as unnoticed."""
    missed = unnamed(copy("copy"), "co_signature", (told,))
    assert {"co_signature.signer_name", "co_signature.signed_at", "co_signature.note"} <= set(missed)


def unnamed(world: World, table: str, checks: Iterable[Any]) -> list[str]:
    """The columns of a table whose change none of the checks notices; the rows are put back after each."""
    tamper(world, [f"CREATE TABLE kept_rows AS SELECT * FROM {table}"])
    assert not noticed(world, checks)
    missed, back = [], [f"DELETE FROM {table}", f"INSERT INTO {table} SELECT * FROM kept_rows"]
    for column in Base.metadata.tables[table].columns:
        tamper(world, [*back, f'UPDATE {table} SET "{column.name}" = {other(column)}'])
        if not noticed(world, checks):
            missed.append(f"{table}.{column.name}")
    tamper(world, back)
    assert not noticed(world, checks)
    return missed


def noticed(world: World, checks: Iterable[Any]) -> bool:
    """Whether the checks name anything in the world's clinic; the first problem is enough."""
    counts: Counter[str] = Counter()
    return any(True for part in checks for _ in part.check(world.work, world.clinic.id, counts))


def other(column: Column[Any]) -> str:
    """Another value of a column's type, as SQL."""
    kind = column.type.python_type
    if issubclass(kind, Enum):
        first, second = list(kind)[:2]
        return f"CASE WHEN \"{column.name}\" = '{first.value}' THEN '{second.value}' ELSE '{first.value}' END"
    if issubclass(kind, datetime):
        return "'2020-01-01 09:00:00.000000'"
    if issubclass(kind, date):
        return "'2020-01-01'"
    if issubclass(kind, int):
        return f'"{column.name}" + 10'
    start = f"CASE WHEN \"{column.name}\" LIKE 'z%' THEN 'y' ELSE 'z' END"
    return f"{start} || substr(coalesce(\"{column.name}\", ''), 2)"
