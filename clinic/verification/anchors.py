"""Anchors: the end of each audit chain written to a file outside the database.

A chain that holds in itself can still be yesterday's, or have lost its tail together with its head. The anchor knows the
later end. Copy the files to another machine: who can change database and anchors together can hide a cut.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from clinic.models import AuditEvent, AuditHead
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from clinic.verification.report import Problem

_AT_ONCE = 500
_logger = logging.getLogger("clinic")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of a chain at a moment (ISO 8601, UTC); ``accepted`` is why a restored database was accepted then."""

    sequence: int
    hash: str
    at: str
    accepted: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain now."""

    sequence: int
    hash: str


def chains(folder: Path) -> set[int]:
    """The chains that have anchors."""
    return {int(file.stem) for file in folder.glob("*.jsonl") if file.stem.isdigit()}


def head(work: Work, chain: int) -> Head | None:
    """The end of a chain as the database has it; None when there is none."""
    with work.reading(SYSTEM, scoped=False) as uow:
        row = uow.session.execute(select(AuditHead.sequence, AuditHead.hash).where(AuditHead.chain == chain)).first()
    return Head(*row) if row else None


def compare(work: Work, folder: Path, chain: int) -> Iterator[Problem]:
    """Name each anchor that the chain does not reach or does not pass through."""
    file, known = _file(folder, chain), []
    for number, line in enumerate(_lines(file), 1):
        try:
            known.append(_read(line))
        except (ValueError, TypeError):
            yield Problem(f"anchors/{file.name}, line {number}", "cannot be read; it was changed")
    known = _since_accepted(known)
    end = head(work, chain)
    last = end.sequence if end else 0
    hashes = _hashes(work, chain, sorted({one.sequence for one in known}))
    for one in known:
        if one.sequence > last:
            yield Problem(
                f"chain {chain}, entry {one.sequence}",
                f"the anchor of {one.at} knows it, but the chain ends at entry {last}: the end was cut off,"
                " or an older database was put in place",
                chain,
            )
        elif hashes.get(one.sequence) != one.hash:
            yield Problem(
                f"chain {chain}, entry {one.sequence}", f"is not the entry that the anchor of {one.at} knows", chain
            )


def newest(folder: Path, chain: int) -> Anchor | None:
    """The newest anchor of a chain; None without one that can be read."""
    lines = _lines(_file(folder, chain))
    try:
        return _read(lines[-1]) if lines else None
    except (ValueError, TypeError):
        return None


def newest_at(folder: Path, chain: int) -> datetime | None:
    """When the newest anchor was written; None without one that can be read."""
    lines = _lines(_file(folder, chain))
    try:
        at = datetime.fromisoformat(_read(lines[-1]).at) if lines else None
    except (ValueError, TypeError):
        return None
    return at if at is not None and at.tzinfo is not None else None


def append(folder: Path, chain: int, end: Head, at: datetime) -> None:
    """Write an anchor, unless the newest says the same already."""
    lines = _lines(_file(folder, chain))
    newest = _read(lines[-1]) if lines else None
    if newest is None or (newest.sequence, newest.hash) != (end.sequence, end.hash):
        _write(folder, chain, Anchor(end.sequence, end.hash, at.isoformat(timespec="seconds")))


def accept(folder: Path, chain: int, end: Head | None, at: datetime, reason: str) -> None:
    """Write an anchor from which alone the chain is compared from now on."""
    end = end or Head(0, "")
    _write(folder, chain, Anchor(end.sequence, end.hash, at.isoformat(timespec="seconds"), reason))


def _since_accepted(known: list[Anchor]) -> list[Anchor]:
    starts = [index for index, one in enumerate(known) if one.accepted]
    return [one for one in known[starts[-1] if starts else 0 :] if one.sequence]


def _hashes(work: Work, chain: int, sequences: list[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    with work.reading(SYSTEM, scoped=False) as uow:
        for start in range(0, len(sequences), _AT_ONCE):
            some = sequences[start : start + _AT_ONCE]
            rows = select(AuditEvent.sequence, AuditEvent.hash)
            found |= dict(
                uow.session.execute(rows.where(AuditEvent.chain == chain, AuditEvent.sequence.in_(some))).all()
            )
    return found


def _file(folder: Path, chain: int) -> Path:
    return folder / f"{chain}.jsonl"


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []


def _read(line: str) -> Anchor:
    raw: dict[str, Any] = json.loads(line)
    anchor = Anchor(**raw)
    if not isinstance(anchor.sequence, int):
        raise TypeError(line)
    return anchor


def _write(folder: Path, chain: int, one: Anchor) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    values = {name: value for name, value in asdict(one).items() if value != ""}
    values.setdefault("hash", one.hash)
    # The same line goes to the log, which a syslog keeps where nobody of this machine can take it back (S-82).
    _logger.info("audit anchor", extra={"clinic": {"chain": chain, "sequence": one.sequence, "hash": one.hash}})
    # Appended in one write and synced: a cut line would read as a changed one.
    handle = os.open(_file(folder, chain), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, f"{json.dumps(values, ensure_ascii=False)}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
