"""A process as such: how soon it answers after its start, what its imports take, and what memory it holds."""

from __future__ import annotations

import itertools
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.bench import cases
from tests.bench.browsers import OverHttp, Ticket
from tests.bench.pages import bare_server
from tests.bench.served import ROOT, Place, compiled_once, serving
from tests.bench.subjects import Subjects
from tests.bench.timing import Figures

STARTS: Final = 7
FEW: Final = 1_000
MANY: Final = 10_000
"""Mixed requests after which the memory is looked at."""
IMPORTS: Final = ("flask", "sqlalchemy.orm", "flask_sqlalchemy", "clinic", "clinic.start")
_PSS: Final = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
MIX: Final = (
    "patient", "chart", "state", "search", "today", "patients", "stock", "compare", "doses", "signed",
    "autosave", "redose", "original-pdf",
)  # fmt: skip
RARE: Final = ("timeline", "review", "summary-pdf", "handout-pdf", "recall", "dose-effect", "patient-lots")
"""Dear pages: one of them after every ``RARELY`` others."""
RARELY: Final = 40


def starts(at: Place, there: Subjects) -> Figures:
    """Milliseconds from the start of the server to its first page, beside the least web program's."""
    own, bare = [], []
    with serving(at), bare_server(at, there):
        pass  # The first start after an update compiles the program.
    for _ in range(STARTS):
        with serving(at) as server:
            own.append(server.seconds * 1000)
        with bare_server(at, there) as server:
            bare.append(server.seconds * 1000)
    return {"start.ms": statistics.median(own), "start.p95": max(own), "start.floor.ms": statistics.median(bare)}


def imports() -> Figures:
    """Milliseconds of importing each module in a fresh process over those of an empty one; the best of five."""
    nothing = min(_import("pass") for _ in range(5))
    return {f"import.{name}": min(_import(f"import {name}") for _ in range(5)) - nothing for name in IMPORTS}


def _import(what: str) -> float:
    code = f"import time; start = time.perf_counter()\n{what}\nprint(1000 * (time.perf_counter() - start))"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=compiled_once({})
    )
    return float(ran.stdout.splitlines()[-1])


def memory(at: Place, there: Subjects, lot: str, held: Ticket, *, many: int = MANY) -> Figures:
    """MiB of the largest worker (its proportional share) at the start, after some and after many mixed requests."""
    with serving(at) as server:
        found = {"memory.start": largest(server.workers)}
        browser = OverHttp(server.port, held)
        every = cases.every(browser, there, lot)
        mixed = itertools.cycle(MIX)
        rare = itertools.cycle(RARE)
        for number in range(1, many + 1):
            _asked(every[next(rare) if number % RARELY == 0 else next(mixed)])
            if number == min(FEW, many // 2):
                found["memory.few"] = largest(server.workers)
            if number % 500 == 0:  # Another connection may reach another worker.
                browser.close()
        found["memory.many"] = largest(server.workers)
        browser.close()
    return found | {"memory.requests": many, "memory.growth": 100 * (found["memory.many"] / found["memory.few"] - 1)}


def _asked(case: cases.Case) -> None:
    case.before()
    answer = case.run()
    assert answer.status == 200, (case.key, answer.status, answer.text[:300])
    case.after()


def largest(pids: list[int]) -> float:
    """The proportional share of memory of the largest of some processes, in MiB."""
    return max(_pss(pid) for pid in pids)


def _pss(pid: int) -> float:
    found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    assert found is not None
    return int(found[1]) / 1024
