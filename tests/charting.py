"""A session in the making, step by step, for the tests: each step is the real use case.

The steps of most sessions are ``staged``: the database is put back to where they led before, if it is where they began.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any

from sqlalchemy import select

from clinic.domain import time_out
from clinic.domain.anatomy import Side
from clinic.domain.events import Action, Event
from clinic.domain.findings import Finding
from clinic.domain.injections import Answer, Question
from clinic.domain.inventory import EntryKind
from clinic.domain.safety_events import EVENT
from clinic.domain.site_entries import SiteEntry
from clinic.domain.visit_content import digest
from clinic.models import Lot, Syringe, Vial, VialEntry, Visit
from clinic.queries.facts import judged
from clinic.queries.inventory import vial_rows
from clinic.queries.visit_contents import visit_content
from clinic.queries.visit_record import VisitRecord, visit_record
from clinic.services import adverse_events, giving, injection_sites, injections, signing, visits
from clinic.services.injections import AnswerEntry
from clinic.unit_of_work import UnitOfWork, Work
from tests import stages
from tests.factories import ClinicWorld, make_condition, make_patient

SAFE = {Question.BELLS_PHENOMENON: Answer.YES, Question.CORNEAL_SENSATION: Answer.YES}
"""Questions whose harmless answer is yes."""
SIGNED_IN_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
"""The moment at which the test's people gave their password."""


def staged(step: Callable[[Charting], None]) -> Callable[[Charting], None]:
    """Let a step be taken once a process from each stage."""

    @wraps(step)
    def taken(self: Charting) -> None:
        what = (step.__name__, self.clinic.id, self.clinic.prescriber.user_id, self.ids)
        self.ids = stages.once(self.work, what, lambda: step(self) or self.ids)

    return taken


@dataclass
class Charting:
    """A draft of a patient with a left palsy, drawn from one vial of 100 units in 4 mL; ``first`` is a session before it."""

    work: Work
    clinic: ClinicWorld
    clock: Any
    patient_id: str
    vial_id: str
    visit_id: str = ""
    syringe_id: str = ""
    first: str = ""

    @classmethod
    def begun(cls, work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
        """Make the patient, the vial and a draft with one syringe."""
        begun = cls(work, clinic, clock, "", "")
        begun._begin()
        return begun

    @staged
    def _begin(self) -> None:
        self.patient_id = make_patient(self.work, self.clinic.prescriber)
        make_condition(self.work, self.clinic.prescriber, self.patient_id)
        self.vial_id = open_vial(self.work, self.clinic)
        self.start()

    @classmethod
    def after_a_session(cls, work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
        """A new draft, 90 days after a signed session of four sites."""
        charting = cls.begun(work, clinic, clock)
        charting.signed()
        charting.first = charting.visit_id
        clock.move(days=90)
        charting.start()
        return charting

    @property
    def ids(self) -> tuple[str, ...]:
        """What has been made."""
        return self.patient_id, self.vial_id, self.visit_id, self.syringe_id, self.first

    @ids.setter
    def ids(self, ids: tuple[str, ...]) -> None:
        self.patient_id, self.vial_id, self.visit_id, self.syringe_id, self.first = ids

    @staged
    def start(self) -> None:
        """Start a new draft."""
        with self.writing() as uow:
            self.visit_id = visits.start(uow, self.patient_id)
        with self.writing() as uow:
            self.syringe_id = injections.add_syringe(uow, self.visit_id, self.version(), self.vial_id)

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """Read as the prescriber."""
        return self.work.reading(self.clinic.prescriber)

    def writing(self) -> AbstractContextManager[UnitOfWork]:
        """Write as the prescriber."""
        return self.work.writing(self.clinic.prescriber)

    def fresh_writing(self) -> AbstractContextManager[UnitOfWork]:
        """Write as the prescriber who has just given the password."""
        return self.work.writing(replace(self.clinic.prescriber, password_at=self.clock.now))

    def version(self, visit_id: str = "") -> int:
        """The draft's present edit version."""
        with self.reading() as uow:
            return uow.session.get_one(Visit, (uow.clinic_id, visit_id or self.visit_id)).edit_version

    def record(self, visit_id: str = "") -> VisitRecord:
        """The visit as it stands."""
        with self.reading() as uow:
            return visit_record(uow, visit_id or self.visit_id)

    def findings(self) -> tuple[Finding, ...]:
        """What the checks say now."""
        with self.reading() as uow:
            return judged(visit_record(uow, self.visit_id), uow.now)[1]

    def units_left(self) -> Decimal:
        """What the vial holds by its ledger."""
        with self.reading() as uow:
            return vial_rows(uow, [self.vial_id])[self.vial_id].units_left

    def site(self, *, units: str = "2.5", site_id: str | None = None, **values: Any) -> str:
        """Chart one site."""
        return self._save(SiteEntry(Decimal(units), **{"syringe_id": self._syringe()} | values), site_id)

    def save(self, entry: SiteEntry, site_id: str | None = None) -> str:
        """Chart one site from the first syringe, unless it names another, or change one."""
        return self._save(replace(entry, syringe_id=entry.syringe_id or self._syringe()), site_id)

    def _save(self, entry: SiteEntry, site_id: str | None) -> str:
        version = self.version()
        with self.writing() as uow:
            return injection_sites.save_site(uow, self.visit_id, version, entry, site_id)

    def _syringe(self) -> str | None:
        query = select(Syringe.id).where(Syringe.visit_id == self.visit_id).order_by(Syringe.letter)
        with self.reading() as uow:
            return uow.session.scalars(query).first()

    @staged
    def chart_usual_sites(self) -> None:
        """Three sites on the left and one for balance on the right."""
        self.site(muscle="orbicularis_oculi", sub_site="lateral_orbital_middle", side=Side.LEFT)
        self.site(muscle="mentalis", side=Side.LEFT)
        self.site(muscle="platysma", sub_site="medial_band_1", side=Side.LEFT)
        self.site(muscle="depressor_labii_inferioris", side=Side.RIGHT, units="5")

    @staged
    def answer_all(self) -> None:
        """Answer every question harmlessly."""
        answers = {question: AnswerEntry(SAFE.get(question, Answer.NO)) for question in Question}
        version = self.version()
        with self.writing() as uow:
            injections.answer(uow, self.visit_id, version, answers)

    def consent(self) -> None:
        """Record consent."""
        version = self.version()
        with self.writing() as uow:
            injections.record_consent(uow, self.visit_id, version, text="Off-label use explained and agreed", by="")

    def prepare(self) -> None:
        """Prepare the session."""
        version = self.version()
        with self.writing() as uow:
            giving.prepare(uow, self.visit_id, version, {})

    @staged
    def ready_for_time_out(self) -> None:
        """Everything before the time-out."""
        self.chart_usual_sites()
        self.answer_all()
        self.consent()
        self.prepare()

    def take_time_out(self, *, initials: str = "MK", birth_year: str = "1979", shown: str = "") -> None:
        """Take the time-out over what stands."""
        content = visit_content(self.record())
        values = {"initials": initials, "birth_year": birth_year}
        version = self.version()
        with self.writing() as uow:
            giving.take_time_out(
                uow, self.visit_id, version, shown=shown or time_out.digest(time_out.values(content)), **values
            )

    def give_all(self, late: giving.Late | None = None) -> None:
        """Mark every site given."""
        record = self.record()
        with self.writing() as uow:
            sites = tuple(site.id for site in record.sites if site.given_at is None)
            giving.mark_given(uow, self.visit_id, record.visit.edit_version, sites, late)

    @staged
    def given(self) -> None:
        """Everything up to given."""
        self.ready_for_time_out()
        self.take_time_out()
        self.give_all()

    def settle(self) -> None:
        """Settle without waste."""
        version = self.version()
        with self.writing() as uow:
            giving.settle(uow, self.visit_id, version, {})
        if any(one.code == EVENT for one in self.findings()):
            self.answer_adverse_event()

    def answer_adverse_event(self) -> None:
        """Say that nothing adverse happened."""
        version = self.version()
        with self.writing() as uow:
            adverse_events.answer_adverse_event(uow, self.visit_id, version, happened=False)

    @staged
    def settled(self) -> None:
        """Everything up to settled."""
        self.given()
        self.settle()

    def sign(self, *, refresh: bool = True, answered: bool = True) -> None:
        """Sign what is shown, after the question about an adverse event unless it is to stay open."""
        if answered and any(one.code == EVENT and one.stops for one in self.findings()):
            self.answer_adverse_event()
        with self.reading() as uow:
            record = visit_record(uow, self.visit_id)
            content, _ = judged(record, uow.now)
        with self.fresh_writing() if refresh else self._stale_writing() as uow:
            signing.sign(uow, self.visit_id, record.visit.edit_version, digest(content))

    def _stale_writing(self) -> AbstractContextManager[UnitOfWork]:
        return self.work.writing(replace(self.clinic.prescriber, password_at=SIGNED_IN_AT))

    @staged
    def signed(self) -> None:
        """Everything up to signed."""
        self.settled()
        self.sign()


def open_vial(work: Work, clinic: ClinicWorld, **overrides: Any) -> str:
    """An opened vial of Botox: 100 units in 4 mL, lot C4821A2, valid until the end of August 2027."""
    with work.writing(clinic.prescriber) as uow:
        lot = Lot(
            clinic_id=uow.clinic_id,
            id=uow.new_id(),
            product=overrides.get("product", "botox"),
            number=overrides.get("lot", "C4821A2"),
            folded_number=overrides.get("lot", "C4821A2").casefold(),
            expires_on=overrides.get("expires_on", date(2027, 8, 31)),
            created_at=uow.now,
        )
        uow.session.add(lot)
        uow.session.flush()
        vial = Vial(
            clinic_id=uow.clinic_id,
            id=uow.new_id(),
            lot_id=lot.id,
            label=overrides.get("label", "V-0001"),
            labelled_units=overrides.get("units", Decimal(100)),
            opened_at=uow.now,
            diluent="0.9 % sodium chloride",
            diluent_microlitres=4000,
            mixed_at=uow.now,
            mixed_by="Ada Assistant",
            use_by=overrides.get("use_by"),
        )
        uow.session.add(vial)
        uow.session.flush()
        uow.session.add(
            VialEntry(
                clinic_id=uow.clinic_id,
                id=uow.new_id(),
                vial_id=vial.id,
                kind=EntryKind.OPENED,
                units=vial.labelled_units,
                at=uow.now,
                by="Ada Assistant",
            )
        )
        uow.record(Event(Action.VIAL_OPENED, f"vial:{vial.id}"))
    return vial.id
