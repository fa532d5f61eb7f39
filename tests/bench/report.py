"""Writes ``docs/performance.md`` from what one run measured, the goals (``goals.toml``) and what was tried (``tried.md``)."""

from __future__ import annotations

import os
import platform
import sqlite3
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from tests.bench.sizes import SIZES, Size
from tests.bench.timing import Figures

HERE: Final = Path(__file__).parent
DATABASES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "process": ""}
PAGES: Final = (
    "ping", "patient", "chart", "state", "review", "signed", "timeline", "compare", "doses", "dose-effect",
    "patient-lots", "patients", "search", "today", "stock", "due", "recall", "statistics", "sessions", "cohort",
    "summary-pdf", "original-pdf", "handout-pdf", "autosave", "redose", "save",
)  # fmt: skip
TAILED: Final = ("save", "timeline", "patient", "compare", "search", "recall", "due", "original-pdf")
STEPS: Final = ("open", "autosave", "review", "sign", "print")


@dataclass
class Run:
    """What one run found: figures by database and size, and how long each part took."""

    results: dict[str, Figures] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def of(self, database: str, size: Size | None = None) -> Figures:
        """All figures of a database at a size; those that know no size when none is given."""
        found: Figures = {}
        for part, figures in self.results.items():
            where, _, rest = part.partition(".")
            if where == database and (size is None or rest.partition(".")[0] in (size.key, "any")):
                found |= figures
        tails = [found[f"{one}.p95"] / found[f"{one}.ms"] for one in TAILED if f"{one}.p95" in found]
        return found | ({"tail": max(tails)} if tails else {})

    def sizes(self, database: str) -> list[Size]:
        """The sizes at which a database was measured, smallest first."""
        return [size for size in SIZES if any(part.startswith(f"{database}.{size.key}.") for part in self.results)]


def page(run: Run, on: str) -> str:
    """The whole document; ``on`` is the day of the run."""
    goals: dict[str, Any] = tomllib.loads((HERE / "goals.toml").read_text())
    parts = [
        "# Performance",
        "Written by `make bench`; only `tests/bench/goals.toml` and `tests/bench/tried.md` are written by hand.",
        _machine(run, on),
        "## Goals",
        _GOALS,
        *_goal_tables(run, goals["goal"]),
        "## Growth",
        _GROWTH,
        *_growth_tables(run, goals["growth"]),
        "## Every page",
        "Medians in ms with the 95th percentile in brackets, over HTTP on the loopback, one client, everything on.",
        *_page_tables(run),
        "## Many at once",
        *_load_tables(run),
        "## The process",
        _process(run),
        "## What was made",
        _made(run),
        "## What was tried",
        (HERE / "tried.md").read_text().strip(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_GOALS: Final = (
    "A floor is the least that the same work costs, measured in the same run on the same rows: bare SQL on the raw driver in"
    " the shipped journal mode (a durable commit for a save), Flask and Flask-SQLAlchemy alone for a ping, a list and a"
    " search, a bare ReportLab canvas with the same embedded font for a print. Figures are medians over HTTP on the"
    " loopback, one client on a kept connection, with sign-in, roles, CSRF, validation and the audit entry of every read"
    " and change on. ✓ holds, ✗ does not; a figure and, where there is a floor, how many floors it is."
)
_GROWTH: Final = (
    "A figure over the same figure at a tenth (at a hundredth) of the data, and the most that it may be. ✗ exceeds it; small"
    " figures vary by a tenth between runs."
)


def _machine(run: Run, on: str) -> str:
    named = ", ".join(f"{name} {version(name)}" for name in ("Flask", "SQLAlchemy", "psycopg", "reportlab"))
    minutes = sum(run.seconds.values()) / 60
    return (
        f"Run of {on}: {os.cpu_count()} cores shared by the client, the server and the database; Python"
        f" {platform.python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL 18, {named}; {minutes:.0f} minutes in"
        " all, making the clinics included. SQLite is served by waitress (one process, 8 threads), PostgreSQL by gunicorn"
        " (2 processes, 4 threads each) with syncing on. CI asserts counts, never times."
    )


def _goal_tables(run: Run, goals: list[dict[str, Any]]) -> Iterator[str]:
    lines = ["| Operation | On | Must | Aim | Reached | Must | Aim |", "| --- | --- | --: | --: | --: | :-: | :-: |"]
    missed = []
    for goal in goals:
        if not goal["figure"]:
            lines.append(f"| {goal['what']} | | | | {goal['tried']} | | |")
        for database in goal.get("on", ["sqlite", "postgresql"]) if goal["figure"] else ():
            row = judged(run, goal, database)
            if row is None:
                continue
            cells = (row.reached, row.must, row.aim)
            lines.append(
                f"| {goal['what']} | {row.where} | {_limit(goal, 'must')} | {_limit(goal, 'aim')} | {' | '.join(cells)} |"
            )
            if "✗" in cells:
                missed.append(f"- **{goal['what']}** ({row.where}): {goal['tried'] or 'not looked into yet.'}")
    yield "\n".join(lines)
    if missed:
        yield "Missed, and what was tried:"
        yield "\n".join(missed)


@dataclass(frozen=True)
class Row:
    """A goal on one database: where, what was reached, and whether must and aim hold."""

    where: str
    reached: str
    must: str
    aim: str


def judged(run: Run, goal: Mapping[str, Any], database: str) -> Row | None:
    """One goal against what was measured at the largest size; None where it was not measured."""
    sizes = [
        size for size in run.sizes(database) if goal["figure"] in run.of(database, size) or goal["figure"] == "tail"
    ]
    size = sizes[-1] if sizes else None
    figures = run.of(database, size)
    if goal["figure"] not in figures:
        return None
    value = figures[goal["figure"]]
    floor = figures.get(goal.get("floor", ""))
    if goal.get("earlier"):
        if len(sizes) < 2:
            return None
        floor = run.of(database, sizes[-2])[goal["figure"]]
    compared = value / floor if floor else value
    reached = f"{_number(value)} {goal['unit']}".strip() + (f" = {_number(compared)} ×" if floor else "")
    where = " ".join(part for part in (DATABASES[database], size.short if size else "") if part)
    return Row(where, reached, _holds(goal, "must", compared), _holds(goal, "aim", compared))


def _holds(goal: Mapping[str, Any], name: str, compared: float) -> str:
    if name not in goal:
        return ""
    return "✓" if (compared >= goal[name] if goal.get("more") else compared <= goal[name]) else "✗"


def _limit(goal: Mapping[str, Any], name: str) -> str:
    if name not in goal:
        return ""
    unit = "×" if goal.get("floor") or goal.get("earlier") else goal["unit"]
    return f"{'≥ ' if goal.get('more') else ''}{goal[name]} {unit}".strip()


def _growth_tables(run: Run, growth: list[dict[str, Any]]) -> Iterator[str]:
    for database in ("sqlite", "postgresql"):
        sizes = run.sizes(database)
        if len(sizes) < 2:
            continue
        heads = [f"{size.short} (≤)" for size in sizes[1:]]
        lines = [
            f"| {DATABASES[database]} | {sizes[0].short}, ms | {' | '.join(heads)} |",
            "| --- |" + " --: |" * len(sizes),
        ]
        for one in growth:
            first = run.of(database, sizes[0]).get(one["figure"])
            if first is None:
                continue
            cells = []
            for size in sizes[1:]:
                ratio = run.of(database, size).get(one["figure"], 0.0) / first
                most = one["ten"] if size.times == sizes[0].times * 10 else one["hundred"]
                cells.append(f"{ratio:.2f} × (≤ {most}) {'✓' if ratio <= most else '✗'}")
            lines.append(f"| {one['what']} | {_number(first)} | {' | '.join(cells)} |")
        yield "\n".join(lines)


def _page_tables(run: Run) -> Iterator[str]:
    columns = [(database, size) for database in ("sqlite", "postgresql") for size in run.sizes(database)]
    heads = " | ".join(f"{DATABASES[database]} {size.short}" for database, size in columns)
    counts = run.of("process")
    lines = [f"| Page or save | Statements | {heads} | KiB | gzip |", "| --- | --: |" + " --: |" * (len(columns) + 2)]
    for key in PAGES:
        cells = []
        for database, size in columns:
            found = run.of(database, size)
            cells.append(
                f"{_number(found[f'{key}.ms'])} ({_number(found[f'{key}.p95'])})" if f"{key}.ms" in found else ""
            )
        last = run.of(*columns[-1]) if columns else {}
        weight = [_number(last[f"{key}.{kind}"]) if f"{key}.{kind}" in last else "" for kind in ("kb", "gzip")]
        statements = f"{counts[f'count.{key}']:.0f}" if f"count.{key}" in counts else ""
        lines.append(f"| {WHAT[key]} | {statements} | {' | '.join([*cells, *weight])} |")
    yield "\n".join(lines)
    floors = sorted(
        {
            name.removeprefix("floor.").removesuffix(".ms")
            for d, s in columns
            for name in run.of(d, s)
            if name.startswith("floor.") and name.endswith(".ms")
        }
    )
    lines = [f"| Floor | {heads} |", "| --- |" + " --: |" * len(columns)]
    for name in floors:
        cells = [_number(run.of(d, s).get(f"floor.{name}.ms", 0.0)) for d, s in columns]
        lines.append(f"| {FLOORS.get(name, name)} | {' | '.join(cells)} |")
    yield "\n".join(lines)


def _load_tables(run: Run) -> Iterator[str]:
    for database in ("sqlite", "postgresql"):
        found = run.of(database)
        if "load.clinicians" not in found:
            continue
        yield (
            f"**{DATABASES[database]}**: {found['load.clinicians']:.0f} clinicians at once, sessions of 25 autosaves with time"
            f" to think, timed once all are there, for {found['load.seconds']:.0f} s in all: {found['load.acknowledged']:.0f} sites acknowledged,"
            f" {found['load.signed']:.0f} sessions signed, {found['load.lost']:.0f} lost, {found['load.errors']:.0f} errors,"
            f" {found['load.again']:.0f} told to try again."
        )
        lines = ["| Step | p50 | p95 | p99 |", "| --- | --: | --: | --: |"]
        for step in STEPS:
            cells = [_number(found[f"load.{step}.{part}"]) for part in ("p50", "p95", "p99")]
            lines.append(f"| {step} | {' | '.join(cells)} |")
        yield "\n".join(lines)
        mix = ", ".join(
            f"{name.rpartition('.')[2]} clients {found[name]:.0f} a second (p95 {_number(found[f'{name}.p95'])} ms)"
            for name in sorted(
                (n for n in found if n.startswith("saturation.mix.") and not n.endswith("p95")), key=_last
            )
        )
        if mix:
            yield f"Without time to think, a mix of pages: {mix}."


def _last(name: str) -> int:
    return int(name.rpartition(".")[2])


def _process(run: Run) -> str:
    lines = []
    for database in ("sqlite", "postgresql"):
        found = run.of(database)
        if "start.ms" in found:
            lines.append(
                f"- {DATABASES[database]}: first page {found['start.ms']:.0f} ms after the start (slowest"
                f" {found['start.p95']:.0f}), the least web program {found['start.floor.ms']:.0f} ms."
            )
        if "memory.many" in found:
            lines.append(
                f"- {DATABASES[database]}: the largest worker holds {found['memory.start']:.0f} MiB at the start,"
                f" {found['memory.few']:.0f} after 1,000 and {found['memory.many']:.0f} after"
                f" {found['memory.requests']:,.0f} mixed requests."
            )
    imports = {name.removeprefix("import."): ms for name, ms in run.of("process").items() if name.startswith("import.")}
    if imports:
        told = ", ".join(f"`{name}` {ms:.0f}" for name, ms in sorted(imports.items(), key=lambda one: one[1]))
        lines.append(f"- Imports in a fresh process, ms: {told}.")
    return "\n".join(lines)


def _made(run: Run) -> str:
    lines = ["| Clinic | Patients | Sessions | Sites | Made in | Size |", "| --- | --: | --: | --: | --: | --: |"]
    for database in ("sqlite", "postgresql"):
        for size in run.sizes(database):
            found = run.of(database, size)
            if "made.sites" in found:
                lines.append(
                    f"| {DATABASES[database]} {size.short} | {found['made.patients']:,.0f} | {found['made.visits']:,.0f} |"
                    f" {found['made.sites']:,.0f} | {found['made.seconds']:.0f} s | {found['made.mib']:,.0f} MiB |"
                )
    return _MADE + "\n\n" + "\n".join(lines)


_MADE: Final = (
    "Four patients are charted through the use cases: ten signed sessions each, 25 sites, scores, grades and reviews. Their"
    " rows are copied under new ids, names, birthdays and days; the rest of the patients are on record and were never"
    " treated. A fifth patient has 40 sessions of 25 sites and an open draft. 1× is a year of a busy clinic: 20,000 patients"
    " on record, 10,000 sessions. Left out of the copies: signed contents, answers to questions, and the audit trail, which"
    " grows by its end only. Each lot is used by about 170 sessions."
)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


WHAT: Final = {
    "ping": "health page", "patient": "default chart: patient page", "chart": "charting page, 24 sites",
    "state": "the chart’s state as JSON", "review": "review page", "signed": "a signed visit",
    "timeline": "full history", "compare": "compare two sessions", "doses": "doses by muscle",
    "dose-effect": "dose and effect", "patient-lots": "a patient’s lots", "patients": "list of patients",
    "search": "search, three letters", "today": "Today", "stock": "stock", "due": "due list", "recall": "who had a lot",
    "statistics": "report of doses over a year", "sessions": "report of sessions over a year", "cohort": "find by muscle",
    "summary-pdf": "summary as PDF, drawn anew", "original-pdf": "summary as PDF, kept", "handout-pdf": "handout as PDF",
    "autosave": "a site placed", "redose": "a dose changed", "save": "25 sites in one line",
}  # fmt: skip
FLOORS: Final = {
    "site": "one durable insert", "save": "durable save of visit, 25 sites, 4 scores", "history": "40 × 25 sites, grouped",
    "compare": "sites of two visits", "search": "prefix of a word, 26 people", "recall": "recall grouped by visit",
    "due": "next 200 due", "statistics": "scan of a year", "ping": "ping over HTTP", "list": "list of 40 visits over HTTP",
    "web-search": "prefix over HTTP",
}  # fmt: skip
