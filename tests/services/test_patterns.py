"""A person's own patterns: saved from a visit, laid into another, never seen by anybody else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.anatomy import OTHER, Side
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale, WrongStep
from clinic.domain.injections import Depth, Purpose
from clinic.models import AuditEvent, PatternSite
from clinic.queries.charts import chart_page
from clinic.queries.patterns import PatternRow, own_patterns
from clinic.services import injections, patterns, visits
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld, make_person


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with the usual four sites."""
    charting = Charting.begun(work, clinic, clock)
    charting.chart_usual_sites()
    return charting


def save(charting: Charting, name: str = "usual left") -> str:
    with charting.writing() as uow:
        return patterns.save_pattern(uow, charting.visit_id, name)


def lay(charting: Charting, pattern_id: str, **values: Any) -> int:
    wanted = {"syringe_id": charting.syringe_id} | values
    version = charting.version()
    with charting.writing() as uow:
        return patterns.lay_pattern(uow, charting.visit_id, version, pattern_id, **wanted)


def mine(charting: Charting) -> tuple[PatternRow, ...]:
    with charting.reading() as uow:
        return own_patterns(uow)


def test_a_pattern_is_laid_into_another_draft_unconfirmed(charting: Charting) -> None:
    saved = charting.record().sites
    pattern_id = save(charting, "  usual   left ")
    charting.start()
    assert lay(charting, pattern_id) == 4
    record = charting.record()
    for site, was in zip(record.sites, saved, strict=True):
        for name in ("muscle", "sub_site", "side", "x", "y", "units", "purpose", "depth"):
            assert getattr(site, name) == getattr(was, name), name
        assert (site.confirmed, site.pattern_name, site.copied_from) == (False, "usual left", None)
        assert (site.from_previous_site, site.syringe_id, site.note) == (None, charting.syringe_id, "")
    assert record.undo == "4 sites laid from the pattern “usual left”"
    with charting.reading() as uow:
        page = chart_page(uow, charting.visit_id)
    assert {(one.status, one.status_text) for one in page.chart.sites} == {("copied", "from the pattern “usual left”")}
    assert {one.code for one in charting.findings()} >= {"COPY-001"}


def test_it_is_listed_with_its_sums(charting: Charting) -> None:
    save(charting)
    save(charting, "Another")
    rows = mine(charting)
    assert [row.name for row in rows] == ["Another", "usual left"]
    assert [(row.sites, row.units, row.products) for row in rows[1:]] == [(4, "12.5", ("onabotulinumtoxinA (Botox)",))]
    assert rows[1].words == "4 sites, 12.5\u00a0units"
    with charting.reading() as uow:
        assert chart_page(uow, charting.visit_id).patterns == rows


def test_a_signed_visit_can_be_saved_and_a_discarded_one_not(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    save(charting)
    charting.start()
    charting.chart_usual_sites()
    version = charting.version()
    with charting.writing() as uow:
        visits.discard(uow, charting.visit_id, version, "opened by mistake")
    with pytest.raises(Frozen):
        save(charting, "never")
    assert [row.name for row in mine(charting)] == ["usual left"]


def test_names_are_ones_own_once_and_few(charting: Charting, monkeypatch: pytest.MonkeyPatch) -> None:
    save(charting)
    for name in ("USUAL left", "", " ", "x" * 81):
        with pytest.raises(Invalid) as refused:
            save(charting, name)
        assert "name" in refused.value.fields
    monkeypatch.setattr(patterns, "PATTERNS_MAXIMUM", 1)
    with pytest.raises(Invalid, match="Retire one first"):
        save(charting, "second")
    assert len(mine(charting)) == 1


def test_notes_and_places_without_a_muscle_are_not_kept(charting: Charting) -> None:
    charting.site(muscle=OTHER, x=-560, y=900, note="beside the scar of Mrs K")
    charting.site(muscle="procerus", side=Side.MIDLINE, note="asked for more")
    pattern_id = save(charting)
    with charting.reading() as uow:
        rows = uow.session.scalars(
            select(PatternSite).where(PatternSite.pattern_id == pattern_id).order_by(PatternSite.number)
        ).all()
        event = uow.session.scalars(select(AuditEvent).where(AuditEvent.action == "pattern.saved")).one()
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert OTHER not in {row.muscle for row in rows}
    assert '"left_out"' in event.values
    assert "scar" not in event.values


def test_a_visit_without_sites_has_nothing_to_save(charting: Charting) -> None:
    charting.start()
    with pytest.raises(Invalid) as refused:
        save(charting)
    assert "name" in refused.value.fields


def test_a_dose_without_a_product_is_kept_as_a_place(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.site(muscle="mentalis", side=Side.LEFT, syringe_id=None)
    pattern_id = save(charting)
    assert mine(charting)[0].words == "1 site, places only"
    charting.start()
    lay(charting, pattern_id)
    assert [site.units for site in charting.record().sites] == [Decimal(0)]


def test_its_doses_belong_to_the_product_they_were_saved_with(charting: Charting) -> None:
    pattern_id = save(charting)
    charting.start()
    other = open_vial(charting.work, charting.clinic, product="xeomin", label="V-0005", lot="X1")
    version = charting.version()
    with charting.writing() as uow:
        syringe_id = injections.add_syringe(uow, charting.visit_id, version, other)
    with pytest.raises(Invalid) as refused:
        lay(charting, pattern_id, syringe_id=syringe_id)
    assert refused.value.fields["without_doses"].startswith("The pattern “usual left” used onabotulinumtoxinA (Botox)")
    lay(charting, pattern_id, syringe_id=syringe_id, without_doses=True)
    assert {(site.units, site.dose_product) for site in charting.record().sites} == {(Decimal(0), "xeomin")}


def test_it_is_laid_on_the_other_side_of_anybody(charting: Charting) -> None:
    pattern_id = save(charting)
    sides = [site.side for site in charting.record().sites]
    charting.start()
    lay(charting, pattern_id, other_side=True)
    turned = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}
    assert [site.side for site in charting.record().sites] == [turned[side] for side in sides]


def test_laid_twice_it_brings_nothing_new(charting: Charting) -> None:
    pattern_id = save(charting)
    with pytest.raises(Invalid, match="in this session already"):
        lay(charting, pattern_id)
    assert len(charting.record().sites) == 4


def test_nobody_else_sees_lays_or_retires_it(charting: Charting, other_clinic: ClinicWorld) -> None:
    pattern_id = save(charting)
    colleague = make_person(charting.work, charting.clinic.id, Role.PRESCRIBER)
    charting.start()
    for actor in (colleague, other_clinic.prescriber):
        with charting.work.reading(actor) as uow:
            assert own_patterns(uow) == ()
        version = charting.version()
        with pytest.raises(NotFound), charting.work.writing(actor) as uow:
            patterns.lay_pattern(uow, charting.visit_id, version, pattern_id)
        with pytest.raises(NotFound), charting.work.writing(actor) as uow:
            patterns.retire_pattern(uow, charting.visit_id, pattern_id)
    with pytest.raises(NotFound), charting.work.writing(other_clinic.prescriber) as uow:
        patterns.save_pattern(uow, charting.visit_id, "stolen")
    assert charting.record().sites == ()
    assert len(mine(charting)) == 1
    charting.chart_usual_sites()
    with charting.work.writing(colleague) as uow:
        patterns.save_pattern(uow, charting.visit_id, "usual left")  # Another person's name is no clash.


def test_a_retired_pattern_is_gone_and_its_name_is_free(charting: Charting) -> None:
    pattern_id = save(charting)
    with charting.writing() as uow:
        patterns.retire_pattern(uow, charting.visit_id, pattern_id)
    assert mine(charting) == ()
    for act in (lambda: lay(charting, pattern_id), lambda: retire(charting, pattern_id)):
        with pytest.raises(NotFound):
            act()
    save(charting)


def retire(charting: Charting, pattern_id: str) -> None:
    with charting.writing() as uow:
        patterns.retire_pattern(uow, charting.visit_id, pattern_id)


def test_who_may_not_read_visits_saves_none(charting: Charting) -> None:
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        with pytest.raises(NotPermitted), charting.work.writing(charting.clinic.people[role]) as uow:
            patterns.save_pattern(uow, charting.visit_id, "mine")


def test_it_is_laid_over_nothing_stale_and_into_no_transcription(charting: Charting) -> None:
    pattern_id = save(charting)
    charting.start()
    version = charting.version()
    charting.site(muscle="procerus", side=Side.MIDLINE)
    with pytest.raises(Stale), charting.writing() as uow:
        patterns.lay_pattern(uow, charting.visit_id, version, pattern_id)
    version = charting.version()
    with charting.writing() as uow:
        injections.change_session(uow, charting.visit_id, version, transcribed=True)
    with pytest.raises(WrongStep):
        lay(charting, pattern_id)


def test_depth_and_purpose_come_as_they_were_saved(charting: Charting) -> None:
    charting.site(muscle="corrugator_supercilii", side=Side.RIGHT, depth=Depth.SUBCUTANEOUS, purpose=Purpose.OTHER)
    pattern_id = save(charting)
    assert replace(mine(charting)[0]).sites == 5
    charting.start()
    lay(charting, pattern_id)
    last = charting.record().sites[-1]
    assert (last.depth, last.purpose) == (Depth.SUBCUTANEOUS, Purpose.OTHER)


@pytest.mark.parametrize("name", ["\u200b", "\u200e\u2060", "usual\u200b"])
def test_a_name_holds_nothing_that_nobody_sees(charting: Charting, name: str) -> None:
    with charting.writing() as uow, pytest.raises(Invalid) as refused:
        patterns.save_pattern(uow, charting.visit_id, name)
    assert "invisible" in refused.value.fields["name"]
