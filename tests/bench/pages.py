"""Pages over HTTP on the loopback: one client on a kept connection; sign-in, roles, CSRF, validation and audit are on."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench import cases
from tests.bench.browsers import OverHttp, Ticket
from tests.bench.cases import Case
from tests.bench.served import Place, Server, free_port, running, serving
from tests.bench.subjects import Subjects
from tests.bench.timing import Figures, Times, timed

SLOW_MS = 200
SLOW_RUNS = 9
"""Runs of what takes longer than that."""


def measured(at: Place, there: Subjects, lot: str, held: Ticket) -> Figures:
    """Times and weights of every page and save, beside those of the least web program on the same rows."""
    found = bare(at, there)
    with serving(at) as server:
        browser = OverHttp(server.port, held)
        for case in cases.every(browser, there, lot).values():
            found |= _measured(case)
        browser.close()
    return found


def _measured(case: Case) -> Figures:
    started = time.perf_counter()
    answer = cases.checked(case)
    is_slow = (time.perf_counter() - started) * 1000 > SLOW_MS
    taken = timed(case.run, case.before, case.after, runs=SLOW_RUNS) if is_slow else _runs(case)
    return taken.named(case.key) | {
        f"{case.key}.kb": len(answer.body) / 1024,
        f"{case.key}.gzip": len(gzip.compress(answer.body)) / 1024,
    }


def _runs(case: Case) -> Times:
    return timed(case.run, case.before, case.after)


@contextmanager
def bare_server(at: Place, there: Subjects) -> Iterator[Server]:
    """The least web program, on the same kind of server."""
    port = free_port()
    # The owner's address: the program's own role sees no row without saying whose.
    url = at.owner_url or f"sqlite:///{at.folder / 'clinic.sqlite3'}"
    environment = {"BARE_URL": url, "BARE_CLINIC": str(there.clinic.id), "BARE_PATIENT": there.patient_id}
    arguments = ["-m", "tests.bench.bare_app", str(port)]
    if at.url:
        options = ["--config", os.devnull, "--workers", "2", "--threads", "4", "--bind", f"127.0.0.1:{port}"]
        arguments = ["-m", "gunicorn", *options, "tests.bench.bare_app:create()"]
    with running(arguments, port, environment, at.folder / "bare.log", "/ping") as server:
        yield server


def bare(at: Place, there: Subjects) -> Figures:
    """What the least web program takes for a ping, a list of a patient's visits, and a search."""
    found: Figures = {}
    with bare_server(at, there) as server:
        browser = OverHttp(server.port, Ticket("", ""))
        for name, address in (("ping", "/ping"), ("list", "/list"), ("web-search", "/search?q=ker")):
            assert browser.get(address).status == 200
            found |= timed(lambda address=address: browser.get(address)).named(f"floor.{name}")  # type: ignore[misc]
        browser.close()
    return found
