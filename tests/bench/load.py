"""Many at once: so many clinicians charting with time to think, and as much as the machine does without.

Each clinician makes one session after the other: opens the chart, places sites one autosave at a time, gives them,
reviews, signs, prints. They come one by one in the course of a first session, so that from then on all are there and
some open, some chart and some sign at every moment; that is when it is timed. Every acknowledged save of the whole run is
looked for in the database afterwards.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Final

from flask import Flask
from sqlalchemy import select

from clinic.models import InjectionSite, Visit
from clinic.models.visits import VisitState
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests.bench import cases
from tests.bench.browsers import Answer, OverHttp, Ticket
from tests.bench.clinician import Refused, Session
from tests.bench.served import Place, serving
from tests.bench.subjects import SITES, Desk, Subjects
from tests.bench.timing import Figures, share

CLINICIANS: Final = 100
THINKING: Final = (3.0, 6.0)
"""Seconds between two sites."""
SESSIONS: Final = 2
"""What one clinician can make while it lasts: one until all are there, one while they are timed."""
TRIES: Final = 4
AGAIN: Final = 1.0
"""Seconds until a save that got no answer, or a 503, is sent again with the same body: as the chart's script does."""
SATURATED: Final = 10.0
"""Seconds for each number of clients without time to think."""
CLIENTS: Final = (1, 2, 4, 8)
PRINTERS: Final = 4
"""Clients that save at once in the row about throughput of saves."""


@dataclass
class Kept:
    """What was done in one session: milliseconds of each kind of step, acknowledged sites and signature, what went wrong."""

    timed_from: float = 0.0
    """When all are there, by the clock of ``perf_counter``."""
    ms: dict[str, list[float]] = field(default_factory=dict)
    sites: set[str] = field(default_factory=set)
    visit_id: str = ""
    signed: bool = False
    again: int = 0
    errors: list[str] = field(default_factory=list)

    def timed(self, kind: str, run: Callable[[], Answer]) -> Answer:
        """Time one step until it is acknowledged; what is told to wait is sent again, and counted."""
        started = time.perf_counter()
        for turn in range(TRIES):
            answer = run()
            if answer.status != 503:
                break
            self.again += 1
            time.sleep(AGAIN * (turn + 1))
        if started >= self.timed_from:
            self.ms.setdefault(kind, []).append((time.perf_counter() - started) * 1000)
        if answer.status not in (200, 302):
            raise Refused(f"{kind}: {answer.status}")
        return answer


class _Over(Exception):
    """The time is over; the session stays as it is."""


def charting(
    app: Flask, at: Place, desks: Sequence[Desk], tickets: Sequence[Ticket], think: tuple[float, float]
) -> Figures:
    """Clinicians with ``SESSIONS`` desks each; gives the tails of autosaves and pages, errors, and what was lost."""
    kept = [Kept() for _ in desks]
    places = list(zip(desks, tickets, kept, strict=True))
    clinicians = len(desks) // SESSIONS
    length = SITES * sum(think) / 2
    with serving(at) as server:
        started = time.perf_counter()
        for one in kept:
            one.timed_from = started + length
        threads = [
            threading.Thread(
                target=_work,
                args=(server.port, places[n::clinicians], think, length * n / clinicians, started + 2 * length),
            )
            for n in range(clinicians)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - started
    return _summed(app, kept) | {"load.clinicians": clinicians, "load.seconds": seconds}


def _work(
    port: int, places: Sequence[tuple[Desk, Ticket, Kept]], think: tuple[float, float], wait: float, until: float
) -> None:
    chance = random.Random(places[0][0].patient_id)

    def thinking() -> None:
        time.sleep(chance.uniform(*think))
        if time.perf_counter() > until:
            raise _Over

    time.sleep(wait)
    for desk, held, kept in places:
        browser = OverHttp(port, held)
        try:
            _session(browser, desk, kept, thinking)
        except _Over:
            return
        except (Refused, AssertionError, OSError, HTTPException, KeyError) as error:
            kept.errors.append(f"{type(error).__name__}: {error}")
        finally:
            browser.close()


def _session(browser: OverHttp, desk: Desk, kept: Kept, think: Callable[[], None]) -> None:
    session = Session(browser, desk.patient_id)
    session.start(desk.vial_id)
    kept.visit_id = session.visit_id
    kept.timed("open", session.open)
    for number in range(SITES):
        think()
        body = browser.form(session.fields(session.site(number)))
        answer = kept.timed("autosave", lambda body=body: browser.repeat(f"{session.page}/sites", body, as_json=True))  # type: ignore[misc]
        session.take(answer)
        kept.sites |= set(session.sites)
    session.answer_all()
    session.give()
    think()
    fields = session.review()
    kept.timed("review", lambda: browser.get(f"{session.page}/review"))
    kept.timed("sign", lambda: browser.send(f"{session.page}/review", fields))
    kept.signed = True
    kept.timed("print", lambda: browser.get(f"{session.page}/summary.pdf"))


def _summed(app: Flask, kept: Sequence[Kept]) -> Figures:
    found: Figures = {
        "load.errors": sum(len(one.errors) for one in kept),
        "load.again": sum(one.again for one in kept),
        "load.acknowledged": sum(len(one.sites) for one in kept),
        "load.signed": sum(one.signed for one in kept),
        "load.lost": lost(app, kept),
    }
    for error in sorted({error for one in kept for error in one.errors})[:5]:
        print("  went wrong:", error, flush=True)
    for kind in ("open", "autosave", "review", "sign", "print"):
        times = [ms for one in kept for ms in one.ms.get(kind, [])]
        for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            found[f"load.{kind}.{name}"] = share(times, part)
    return found


def lost(app: Flask, kept: Sequence[Kept]) -> int:
    """How many acknowledged sites and signatures the database does not hold."""
    work: Work = app.extensions["clinic_work"]
    missing = 0
    with work.reading(SYSTEM, scoped=False) as uow:
        for one in kept:
            there = set(uow.session.scalars(select(InjectionSite.id).where(InjectionSite.visit_id == one.visit_id)))
            state = uow.session.scalar(select(Visit.state).where(Visit.id == one.visit_id))
            missing += len(one.sites - there) + (one.signed and state is not VisitState.SIGNED)
    return missing


def saturated(at: Place, there: Subjects, lot: str, tickets: Sequence[Ticket]) -> Figures:
    """Requests a second without time to think: patient pages, saves, and the mix, by more and more clients."""
    found: Figures = {}
    with serving(at) as server:
        best = 0.0
        for clients in CLIENTS:
            rate, times = _rate(server.port, tickets[:clients], lambda b, n: _mixed(b, there, lot, n))
            found |= {f"saturation.mix.{clients}": rate, f"saturation.mix.{clients}.p95": share(times, 0.95)}
            best = max(best, rate)
        rate, _ = _rate(
            server.port, tickets[:PRINTERS], lambda browser, _: _page(browser, f"/patients/{there.patient_id}")
        )
        found |= {"saturation.mix": best, "saturation.patient": rate}
        found |= _saving(server.port, there, tickets)
    return found


def _page(browser: OverHttp, address: str) -> Callable[[], object]:
    def ask() -> None:
        assert browser.get(address).status in (200, 503)

    return ask


def _mixed(browser: OverHttp, there: Subjects, lot: str, number: int) -> Callable[[], object]:
    """The mix of a morning: patients, charts, Today, searches, comparisons, a print now and then."""
    every = cases.every(browser, there, lot)
    names = ("patient", "chart", "state", "search", "today", "patient", "compare", "signed", "search", "original-pdf")
    turn = itertools.count(number)

    def ask() -> None:
        answer = every[names[next(turn) % len(names)]].run()
        assert answer.status in (200, 503), answer.text[:300]

    return ask


def _saving(port: int, there: Subjects, tickets: Sequence[Ticket]) -> Figures:
    """Sessions of 25 sites saved at once by several clients, each on a draft of its own."""

    def saver(browser: OverHttp, number: int) -> Callable[[], object]:
        case = next(iter(cases.line(browser, there, number + 1)))
        case.before()

        def save() -> float:
            started = time.perf_counter()
            answer = case.run()
            took = (time.perf_counter() - started) * 1000
            assert answer.status == 200, answer.text[:300]
            case.after()
            return took

        return save

    held = [tickets[number + 1] for number in range(PRINTERS)]
    rate, times = _rate(port, held, saver)
    return {"saturation.saves": 2 * rate, "saturation.saves.p99": share(times, 0.99)}  # The line, and its undoing.


def _rate(
    port: int, tickets: Sequence[Ticket], made: Callable[[OverHttp, int], Callable[[], object]]
) -> tuple[float, list[float]]:
    """How often a second several clients get something done, and the milliseconds of each turn."""
    times: list[float] = []
    faults: list[Exception] = []

    def client(number: int, held: Ticket) -> None:
        browser = OverHttp(port, held)
        try:
            run = made(browser, number)
            until = time.monotonic() + SATURATED
            while time.monotonic() < until:
                started = time.perf_counter()
                own = run()
                times.append(own if isinstance(own, float) else (time.perf_counter() - started) * 1000)
        except Exception as fault:  # noqa: BLE001 - raised again by the one who waits
            faults.append(fault)
        finally:
            browser.close()

    threads = [threading.Thread(target=client, args=(number, held)) for number, held in enumerate(tickets)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return len(times) / SATURATED, times
