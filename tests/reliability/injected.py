"""Errors put under a running server by the kernel's tracer: the n-th write, sync, truncation, deletion or opening fails.

Whatever the page then says is compared with the record, and the same form is sent again without a fault.
"""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count, cycle
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs

from clinic.unit_of_work import Work
from tests.bench.browsers import Answer, OverHttp
from tests.bench.clinician import Session
from tests.reliability.acknowledged import Found, Sent, Sents, look

SAVED = frozenset({200, 302})
TRUTHFUL = frozenset({503})
"""Not saved, or not certainly saved, in plain words with the form."""
GONE = "pwrite64,fdatasync,fsync,ftruncate,unlink"
"""The disk as a whole: what undoes a transaction fails as well."""
DEPTHS = {"pwrite64": 80, "fdatasync": 5, "openat": 3, "unlink": 1, GONE: 80}
"""So many of each a save makes at most (counted); a fault behind the last one would not happen."""
ERRORS = ("EIO", "ENOSPC")
_ATTACH_SECONDS = 20.0


@dataclass(frozen=True)
class Fault:
    """One way to fail: which call, how, at which of its turns, and whether from then on."""

    call: str
    error: str
    at: int
    on: bool = False

    @property
    def words(self) -> str:
        """As the tracer takes it."""
        return f"{self.call}:error={self.error}:when={self.at}{'+' if self.on else ''}"


def faults(seed: int) -> Iterator[Fault]:
    """Every call with every error at a turn by chance, once or from then on, without end; each call comes as often."""
    chance = Random(seed)
    for call in cycle(DEPTHS):
        at = chance.randint(1, DEPTHS[call])
        yield Fault(call, chance.choice(ERRORS), at, on=call == GONE or chance.random() < 0.3)


@contextmanager
def injected(pid: int, fault: Fault, paths: list[Path], log: Path) -> Iterator[None]:
    """Let calls of a process on those files fail while the block runs."""
    chosen = [part for path in paths for part in ("-P", str(path))]
    command = ["strace", "-f", "-q", "-o", str(log), *chosen, "-e", f"trace={fault.call}"]
    tracer = subprocess.Popen(
        [*command, "-e", f"inject={fault.words}", "-p", str(pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + _ATTACH_SECONDS
        while not _is_traced(pid, tracer.pid):
            assert tracer.poll() is None, "strace could not attach; it needs the right to trace (ptrace)."
            assert time.monotonic() < until
            time.sleep(0.002)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(timeout=_ATTACH_SECONDS)


def _is_traced(pid: int, tracer: int) -> bool:
    """Whether every thread is."""
    wanted = f"TracerPid:\t{tracer}\n"
    return all(wanted in (one / "status").read_text() for one in Path(f"/proc/{pid}/task").iterdir())


def files_of(database: Path) -> list[Path]:
    """The database, its journals, and its folder, which is synced when a journal goes."""
    return [database, *(database.with_name(database.name + end) for end in ("-journal", "-wal")), database.parent]


@dataclass
class Told:
    """What came of it."""

    tried: int = 0
    errors: int = 0
    saved: int = 0
    refused: int = 0
    ambiguous: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0


@dataclass
class Faulted:
    """A browser whose every form meets the next fault, and is sent again without one until it is taken."""

    link: OverHttp
    user_id: str
    work: Work
    put: Callable[[], Any]
    """Gives a block in which the next fault stands."""
    turns: int = 3
    """So many faults each form meets at most before it may pass."""
    sents: Sents = field(default_factory=Sents)
    told: Told = field(default_factory=Told)

    def get(self, address: str) -> Answer:
        """Ask for a page, without a fault."""
        return self.link.get(address)

    def send(self, address: str, values: Mapping[str, object], *, as_json: bool = False) -> Answer:
        """Post a form under a fault, compare what was said with what is there, and post it again."""
        body = self.link.form(values)
        form: dict[str, Any] = {
            name: found if name == "site" else found[0] for name, found in parse_qs(body.decode()).items()
        }
        sent = self.sents.add(Sent(self.user_id, form["idempotency_key"], address, form))
        for _ in range(self.turns):
            self.told.tried += 1
            answer = self._under_fault(address, body, as_json)
            sent.told = answer is not None and answer.status in SAVED
            self._compare(sent, answer)
            if sent.told:
                break
        began = time.monotonic()
        again = self.link.repeat(address, body, as_json=as_json)
        self.told.slowest = max(self.told.slowest, time.monotonic() - began)
        sent.told = again.status in SAVED
        if not sent.told:
            self.told.wrong.append(f"{sent.name}: sent again without a fault, {again.status}: {said(again)}")
        self._note(look(self.work, self._only(sent)))
        return again

    def _under_fault(self, address: str, body: bytes, as_json: bool) -> Answer | None:
        try:
            with self.put():
                return self.link.repeat(address, body, as_json=as_json)
        except (OSError, HTTPException) as error:
            self.told.wrong.append(f"{address}: the server hung up ({type(error).__name__})")
            return None

    def _compare(self, sent: Sent, answer: Answer | None) -> None:
        self._note(look(self.work, self._only(sent)))
        if answer is None:
            return
        self.told.statuses[answer.status] += 1
        self.told.wrong += [f"{sent.name}: {one}" for one in untrue(answer, sent, self._is_there(sent))]
        if answer.status in SAVED:
            self.told.saved += 1
        else:
            self.told.refused += 1
            self.told.ambiguous += self._is_there(sent)

    def _only(self, sent: Sent) -> Sents:
        return Sents([sent])

    def _is_there(self, sent: Sent) -> bool:
        # What is told and missing is lost: so a copy that was told tells whether it is there.
        return not look(self.work, self._only(Sent(sent.user_id, sent.key, sent.address, sent.form, True))).lost

    def _note(self, found: Found) -> None:
        self.told.wrong += [*found.lost, *found.torn]


NOTHING = re.compile(r"Nothing (of this request )?was saved")


def said(answer: Answer) -> str:
    """The words of a page without its head and its signs, as far as they are told."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text.partition("<main")[2] or answer.text).split())[:600]


def untrue(answer: Answer, sent: Sent, there: bool) -> list[str]:
    """What is wrong with the screen after a fault: a fault of the program, a lie, or a form that is gone."""
    if answer.status in SAVED:
        return [] if there else ["the page says saved, and it is not there"]
    found = [] if answer.status in TRUTHFUL else [f"answered {answer.status}: {answer.text[:200]}"]
    if there and NOTHING.search(answer.text):
        found.append("the page says that nothing was saved, and it is there")
    if "<html" in answer.text and sent.key not in answer.text:
        found.append("the page has lost the form")
    return found


def tracer(pid: int, database: Path, log: Path, chosen: Iterator[Fault], told: Told) -> Callable[[], Any]:
    """Blocks under one fault after the other; the errors that were really put are counted."""
    numbers = count()

    @contextmanager
    def put() -> Iterator[None]:
        file = log.with_suffix(f".{next(numbers)}")
        with injected(pid, next(chosen), files_of(database), file):
            yield
        told.errors += file.read_text(errors="replace").count("(INJECTED)")
        file.unlink()

    return put


def a_life(browser: Faulted, patient_id: str, vial_id: str, sites: int = 2) -> None:
    """A session from its start to its signature and a document, every save of it under a fault."""
    session = Session(browser, patient_id)
    session.start(vial_id)
    for number in range(sites):
        session.take(session.change("/sites", session.site(number)))
    session.step("/notes", {"plan": "Smaller doses around the eye"})
    session.refresh()
    session.answer_all()
    session.give()
    session.sign(session.review())
