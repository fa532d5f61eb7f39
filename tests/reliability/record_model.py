"""A machine that does what two people do to a record, in any order, and looks after each step whether it still adds up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from clinic import audit_chain
from clinic.domain.actors import Actor, Role
from clinic.domain.anatomy import Side
from clinic.domain.errors import DomainError, Stale
from clinic.domain.site_entries import SiteEntry
from clinic.domain.visits import Disposition
from clinic.models import AuditEvent, InjectionSite, Patient, Signature, VialEntry, Visit
from clinic.queries.inventory import vial_rows
from clinic.queries.visit_record import visit_record
from clinic.services import injection_sites, inventory, signing, site_changes, visits
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import UnitOfWork
from clinic.verification import of_clinic
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld

UNITS = st.sampled_from(["1.25", "2.5", "5", "7.75"])
MINUTES = st.integers(min_value=1, max_value=90)
PEOPLE = st.sampled_from([Role.PRESCRIBER, Role.INJECTOR])


class Crash(Exception):
    """The process ends in the middle of a unit of work."""


class RecordModel(RuleBasedStateMachine):
    """Two people, one patient, vials, drafts and signed visits; ``begin`` and ``other`` are set by the test."""

    begin: Callable[[], Charting]
    other: ClinicWorld

    @initialize()
    def start(self) -> None:
        """A patient with a palsy on the left and a draft with one syringe."""
        self.charting = type(self).begin()
        self.vials, self.discarded = [self.charting.vial_id], 0
        self.signed: dict[str, str] = {}
        self.audited = self._audited()

    def act(self, who: Role, run: Callable[[UnitOfWork], object], *, crash: bool = False) -> bool:
        """Let a person do something; a refusal or a crash leaves nothing behind."""
        actor = self._fresh(self.charting.clinic.people[who])
        before = self._audited()
        try:
            with self.charting.work.writing(actor) as uow:
                run(uow)
                if crash:
                    uow.session.flush()
                    raise Crash
        except (DomainError, Crash):
            assert self._audited() == before
            return False
        assert self._audited() > before
        return True

    def _fresh(self, actor: Actor) -> Actor:
        return replace(actor, password_at=self.charting.clock.now)

    def _audited(self) -> int:
        charting = self.charting
        with charting.reading() as uow:
            counted = select(func.count()).select_from(AuditEvent).where(AuditEvent.chain == uow.clinic_id)
            return uow.session.execute(counted).scalar_one()

    @rule(who=PEOPLE, units=UNITS, side=st.sampled_from([Side.LEFT, Side.RIGHT]), crash=st.booleans())
    def place_a_site(self, who: Role, units: str, side: Side, *, crash: bool) -> None:
        """One more site."""
        one, version = self.charting, self.charting.version()
        entry = SiteEntry(Decimal(units), muscle="mentalis", side=side, syringe_id=one.syringe_id)
        self.act(who, lambda uow: injection_sites.save_site(uow, one.visit_id, version, entry), crash=crash)

    @rule(who=PEOPLE, units=UNITS)
    def change_a_site(self, who: Role, units: str) -> None:
        """The first site gets another dose."""
        one, record = self.charting, self.charting.record()
        if record.sites:
            site, version = record.sites[0], record.visit.edit_version
            entry = SiteEntry(Decimal(units), muscle=site.muscle, side=site.side, syringe_id=site.syringe_id)
            self.act(who, lambda uow: injection_sites.save_site(uow, one.visit_id, version, entry, site.id))

    @rule(who=PEOPLE)
    def remove_a_site(self, who: Role) -> None:
        """The last site goes."""
        one, record = self.charting, self.charting.record()
        if record.sites:
            site_id, version = record.sites[-1].id, record.visit.edit_version
            self.act(who, lambda uow: injection_sites.remove_site(uow, one.visit_id, version, site_id))

    @rule(who=PEOPLE, again=st.booleans(), crash=st.booleans())
    def undo_or_redo(self, who: Role, *, again: bool, crash: bool) -> None:
        """The last change of the sites is taken back, or made again."""
        one, version = self.charting, self.charting.version()
        step = site_changes.redo if again else site_changes.undo
        self.act(who, lambda uow: step(uow, one.visit_id, version), crash=crash)

    @rule(who=PEOPLE, units=UNITS)
    def save_what_is_stale(self, who: Role, units: str) -> None:
        """Somebody saves on an older version: refused, and nothing is changed."""
        one, version = self.charting, self.charting.version()
        entry = SiteEntry(Decimal(units), muscle="mentalis", side=Side.LEFT)
        with suppress(DomainError):
            try:
                with one.work.writing(self._fresh(one.clinic.people[who])) as uow:
                    injection_sites.save_site(uow, one.visit_id, version - 1, entry)
                raise AssertionError("a stale save was taken")
            except Stale:
                assert one.version() == version

    @rule(units=UNITS, kind=st.sampled_from(["waste", "add"]), crash=st.booleans())
    def move_units(self, units: str, kind: str, *, crash: bool) -> None:
        """Units are spilled, or a count is corrected upwards."""
        vial_id, many = self.vials[-1], Decimal(units)
        if kind == "waste":
            self.act(Role.PRESCRIBER, lambda uow: inventory.waste(uow, vial_id, many, "spilled at noon"), crash=crash)
        else:
            self.act(
                Role.PRESCRIBER, lambda uow: inventory.adjust(uow, vial_id, many, "counted again at noon"), crash=crash
            )

    @precondition(lambda self: self.discarded < 2)
    @rule()
    def throw_a_vial_away(self) -> None:
        """The newest vial is discarded and another opened."""
        one, vial_id = self.charting, self.vials[-1]
        if self.act(Role.PRESCRIBER, lambda uow: inventory.discard(uow, vial_id, "its time is over")):
            self.discarded += 1
            self.vials.append(open_vial(one.work, one.clinic, lot=f"L-{self.discarded}", label=f"V-9{self.discarded}"))

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        """The clock goes on."""
        self.charting.clock.move(minutes=minutes)

    @rule()
    def bring_to_the_end(self) -> None:
        """Everything that is left to do is done, as far as it is allowed; a new draft follows what was signed."""
        one = self.charting
        for step in (one.answer_all.__wrapped__, one.__class__.consent, one.__class__.prepare):
            with suppress(DomainError):
                step(one)
        for step in (one.__class__.take_time_out, one.__class__.give_all, one.__class__.settle, one.__class__.sign):
            try:
                step(one)
            except DomainError:
                return
        self.signed[one.visit_id] = self._hash(one.visit_id)
        with one.writing() as uow:
            one.visit_id = visits.start(uow, one.patient_id)
        one.syringe_id = ""

    @precondition(lambda self: bool(self.signed))
    @rule(kind=st.sampled_from(["addendum", "amend", "void"]), crash=st.booleans())
    def add_to_what_is_signed(self, kind: str, *, crash: bool) -> None:
        """An addendum, an amendment that is begun, or a void."""
        visit_id = next(reversed(self.signed))
        steps: dict[str, Callable[[UnitOfWork], object]] = {
            "addendum": lambda uow: signing.add_addendum(uow, visit_id, "She rang: a small bruise"),
            "amend": lambda uow: signing.amend(uow, visit_id, "The dose of site 1 was mistyped"),
            "void": lambda uow: signing.void(uow, visit_id, "Charted in the wrong record", Disposition.NOT_GIVEN),
        }
        self.act(Role.PRESCRIBER, steps[kind], crash=crash)

    @invariant()
    def no_vial_is_overdrawn(self) -> None:
        """What a vial holds is what its ledger adds up to, and never less than nothing."""
        if not hasattr(self, "charting"):
            return
        with self.charting.reading() as uow:
            shown = vial_rows(uow, self.vials)
            for vial_id in self.vials:
                summed = sum(
                    uow.session.scalars(select(VialEntry.units).where(VialEntry.vial_id == vial_id)), Decimal(0)
                )
                assert shown[vial_id].units_left == summed >= 0

    @invariant()
    def totals_are_the_sites(self) -> None:
        """What the record adds up is what its rows add up to."""
        if not hasattr(self, "charting"):
            return
        with self.charting.reading() as uow:
            rows = select(InjectionSite.units).where(InjectionSite.visit_id == self.charting.visit_id)
            summed = sum(uow.session.scalars(rows), Decimal(0))
            assert sum((one.units for one in visit_record(uow, self.charting.visit_id).sites), Decimal(0)) == summed

    @invariant()
    def what_is_signed_stays(self) -> None:
        """The hash under each signature is what it was."""
        for visit_id, sha256 in getattr(self, "signed", {}).items():
            assert self._hash(visit_id) == sha256

    @invariant()
    def nobody_else_sees_it(self) -> None:
        """The other clinic reads none of it."""
        if not hasattr(self, "charting"):
            return
        with self.charting.work.reading(type(self).other.prescriber) as uow:
            assert uow.session.scalars(select(Patient.id)).all() == []
            assert uow.session.scalars(select(Visit.id)).all() == []

    def _hash(self, visit_id: str) -> str:
        with self.charting.reading() as uow:
            return uow.session.scalars(select(Signature.content_sha256).where(Signature.visit_id == visit_id)).one()

    def teardown(self) -> None:
        """At the end the trail is unbroken and verification finds nothing."""
        if hasattr(self, "charting"):
            work, clinic_id = self.charting.work, self.charting.clinic.id
            with work.reading(SYSTEM, scoped=False) as uow:
                assert list(audit_chain.breaks(uow.session, work.key, clinic_id)) == []
            assert of_clinic(work, clinic_id) == ()


__all__ = ["Crash", "RecordModel"]
