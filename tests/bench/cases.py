"""The pages and saves that are measured, each as one thing that a signed-in browser does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import func, select

from clinic.models import Lot, Syringe, Vial
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests.bench.browsers import Answer, Browser
from tests.bench.clinician import Session
from tests.bench.originals import line_of
from tests.bench.subjects import ORIGINALS, SITES, Subjects

SEARCHED: Final = "Ker"
"""Three letters of a name, typed."""


def _nothing() -> None:
    """Put nothing back."""


@dataclass(frozen=True)
class Case:
    """``run`` is what is timed; ``before`` and ``after`` each turn are not."""

    key: str
    what: str
    run: Callable[[], Answer]
    before: Callable[[], object] = _nothing
    after: Callable[[], object] = _nothing


def busiest_lot(work: Work) -> str:
    """A lot of about as many visits as the floors of the design ask for: the one in the middle of the copies."""
    with work.reading(SYSTEM, scoped=False) as uow:
        used = (
            select(Lot.id, func.count(Syringe.id).label("times"))
            .join(Vial, (Vial.clinic_id == Lot.clinic_id) & (Vial.lot_id == Lot.id))
            .join(Syringe, (Syringe.clinic_id == Vial.clinic_id) & (Syringe.vial_id == Vial.id))
            .where(Lot.id.between("lot000000000000000", "lot000000000000000" + "9" * 8))
            .group_by(Lot.id)
            .order_by(func.count(Syringe.id).desc(), Lot.id)
            .limit(1)
        )
        found = uow.session.execute(used).first()
        return str(found.id) if found else str(uow.session.scalars(select(Lot.id).order_by(Lot.id)).first())


def pages(browser: Browser, there: Subjects, lot: str) -> Iterator[Case]:
    """Everything that only reads."""
    patient, draft, newest = there.patient_id, there.draft_id, there.visits[-1]
    two = "&".join(f"session={visit}" for visit in there.visits[-2:])
    year = datetime.now(UTC).year - 1
    for key, what, address in (
        ("ping", "an empty page", "/healthz"),
        ("patient", "patient page: list of sessions, last session", f"/patients/{patient}"),
        ("chart", "charting page, 24 sites", f"/visits/{draft}"),
        ("state", "the chart's state as JSON", f"/visits/{draft}/chart.json"),
        ("review", "review page", f"/visits/{draft}/review"),
        ("signed", "a signed visit", f"/visits/{newest}/signed"),
        ("timeline", "full history: every session with its sites", f"/patients/{patient}/timeline"),
        ("compare", "compare two sessions", f"/patients/{patient}/compare?{two}"),
        ("doses", "doses by muscle", f"/patients/{patient}/doses"),
        ("dose-effect", "dose and effect", f"/patients/{patient}/dose-effect"),
        ("patient-lots", "a patient's lots", f"/patients/{patient}/lots"),
        ("patients", "list of patients", "/patients"),
        ("today", "Today", "/"),
        ("stock", "stock", "/stock"),
        ("recall", "who had a lot", f"/stock/lots/{lot}/recall-list"),
        ("due", "work list of the next injections", "/work-lists?list=injections"),
        ("statistics", "report of doses over a year", f"/reports/doses?from={year}-01-01&to={year}-12-31"),
        ("sessions", "report of sessions over a year", f"/reports/sessions?from={year}-01-01&to={year}-12-31"),
        ("cohort", "find by muscle", "/cohorts?muscles=mentalis"),
        ("summary-pdf", "visit summary as PDF, drawn anew", f"/visits/{draft}/summary.pdf"),
        ("original-pdf", "visit summary as PDF, the kept original", f"/visits/{newest}/original.pdf"),
        ("handout-pdf", "treatment handout as PDF", f"/visits/{newest}/documents/treatment-handout.pdf"),
    ):
        yield Case(key, what, lambda address=address: browser.get(address))  # type: ignore[misc]
    yield Case(
        "search",
        "search as you type, three letters",
        lambda: browser.send("/patients/search", {"q": SEARCHED}, as_json=True),
    )


def saves(browser: Browser, there: Subjects) -> Iterator[Case]:
    """Everything that writes to the open draft and takes it back again."""
    chart = Session(browser, there.patient_id, there.draft_id, there.syringe_id)

    def refresh() -> None:
        chart.refresh()

    def take_back() -> None:
        chart.refresh()
        chart.take(chart.change("/undo", {}))

    yield Case(
        "autosave",
        "a site placed: one autosave",
        lambda: chart.change("/sites", chart.site(0)),
        refresh,
        take_back,
    )
    yield Case(
        "redose",
        "the dose of a site changed: one autosave",
        lambda: chart.change("/sites", chart.site(0, "5") | {"site_id": chart.sites[0]}),
        refresh,
        take_back,
    )


def line(browser: Browser, there: Subjects, desk: int = 0) -> Iterator[Case]:
    """A session of 25 sites charted with one line, on the draft of a patient whom nothing is known of, and taken back."""
    at = there.desks[desk]
    session = Session(browser, at.patient_id)
    text = line_of(ORIGINALS, SITES)

    def refresh() -> None:
        if not session.visit_id:
            session.start(at.vial_id)
        session.refresh()

    def take_back() -> None:
        session.refresh()
        session.take(session.change("/undo", {}))

    yield Case(
        "save",
        "a session of 25 sites saved with one line",
        lambda: session.change("/shorthand", {"shorthand": text, "syringe_id": session.syringe_id}),
        refresh,
        take_back,
    )


def checked(case: Case) -> Answer:
    """Run a case once; anything but a page is a fault of the benchmark."""
    case.before()
    answer = case.run()
    assert answer.status == 200, (case.key, answer.status, answer.text[:400])
    case.after()
    return answer


def every(browser: Browser, there: Subjects, lot: str) -> dict[str, Case]:
    """All cases by their key."""
    found: list[Any] = [*pages(browser, there, lot), *saves(browser, there), *line(browser, there)]
    return {case.key: case for case in found}
