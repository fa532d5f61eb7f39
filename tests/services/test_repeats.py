"""Repeating an earlier session: the pattern comes, unconfirmed; nothing else of that day does."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.errors import Invalid, NotFound, NotPermitted, Stale, WrongStep
from clinic.domain.injections import Depth, MuscleState, Purpose
from clinic.domain.site_entries import SiteEntry
from clinic.models import AuditEvent, InjectionSite, VisitCondition
from clinic.services import conditions, giving, injection_sites, injections, repeats, signing, site_changes, visits
from clinic.services.conditions import MuscleStatusValues
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld, make_condition


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A new draft with a syringe, 90 days after a signed session of four sites."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    clock.move(days=90)
    charting.source_id = charting.visit_id  # type: ignore[attr-defined]
    charting.start()
    return charting


def repeat(charting: Charting, **values: Any) -> int:
    wanted = {"syringe_id": charting.syringe_id} | values
    source_id = wanted.pop("source_id", None) or charting.source_id  # type: ignore[attr-defined]
    version = wanted.pop("version", None) or charting.version()
    with charting.writing() as uow:
        return repeats.repeat(uow, charting.visit_id, version, source_id, **wanted)


def pattern(site: InjectionSite) -> tuple[object, ...]:
    return (site.muscle, site.sub_site, site.side, site.x, site.y, site.units, site.purpose, site.depth)


def draw_only_from(charting: Charting, product: str) -> None:
    vial_id = open_vial(charting.work, charting.clinic, product=product, label="V-0009", lot="OTHER1")
    version = charting.version()
    with charting.writing() as uow:
        charting.syringe_id = injections.add_syringe(uow, charting.visit_id, version, vial_id)


def make_bilateral(charting: Charting) -> None:
    condition_id = make_condition(charting.work, charting.clinic.prescriber, charting.patient_id, side=Side.RIGHT)
    version = charting.version()
    with charting.writing() as uow:
        chosen = [
            *uow.session.scalars(
                select(VisitCondition.condition_id).where(VisitCondition.visit_id == charting.visit_id)
            ),
            condition_id,
        ]
        if condition_id not in chosen[:-1]:
            uow.session.add(
                VisitCondition(clinic_id=uow.clinic_id, visit_id=charting.visit_id, condition_id=condition_id)
            )
        visits.write(uow, charting.visit_id, version, on=None, complaints="", notes={})


def test_the_pattern_comes_unconfirmed_from_todays_syringe(charting: Charting) -> None:
    source = charting.record(charting.source_id)
    assert repeat(charting) == 4
    record = charting.record()
    assert [pattern(site) for site in record.sites] == [pattern(site) for site in source.sites]
    for site, was in zip(record.sites, source.sites, strict=True):
        assert (site.copied_from, site.from_previous_site, site.confirmed) == (source.visit.on, was.id, False)
        assert (site.syringe_id, site.dose_product, site.given_at) == (charting.syringe_id, "botox", None)
    assert [site.number for site in record.sites] == [1, 2, 3, 4]


def test_nothing_else_of_that_day_comes(charting: Charting) -> None:
    before = charting.record()
    repeat(charting)
    after = charting.record()
    for name in ("answers", "time_outs", "syringes", "overrides", "notes"):
        assert getattr(after, name) == getattr(before, name), name
    assert not after.answers
    assert not after.time_outs
    for name in ("consent", "consent_at", "prepared_at", "settled_at", "indication", "guidance", "touch_up_of"):
        assert getattr(after.session, name) == getattr(before.session, name), name
    assert {code for one in charting.findings() if (code := one.code) == "COPY-001"} == {"COPY-001"}


def test_notes_come_only_where_they_say_the_place(charting: Charting, clock: Any) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT, note="patient flinched")
    charting.site(muscle=OTHER, x=-560, y=900, note="the scar")
    site_ids = sign_what_stands(charting, clock)
    assert len(site_ids) == 2
    repeat(charting)
    assert [site.note for site in charting.record().sites] == ["", "the scar"]


def sign_what_stands(charting: Charting, clock: Any) -> list[str]:
    """Give and sign the draft, and start the next one after it; gives the signed sites."""
    charting.answer_all()
    charting.consent()
    charting.prepare()
    for one in charting.findings():
        if one.severity.value == "prescriber" and one.code != "TIMEOUT-001":
            version = charting.version()
            with charting.writing() as uow:
                giving.override(uow, charting.visit_id, version, one.key, "meant so by the prescriber")
    charting.take_time_out()
    charting.give_all()
    charting.settle()
    charting.sign()
    charting.source_id = charting.visit_id  # type: ignore[attr-defined]
    ids = [site.id for site in charting.record().sites]
    clock.move(days=90)
    charting.start()
    return ids


def test_some_sites_are_taken_and_the_rest_later(charting: Charting) -> None:
    source = charting.record(charting.source_id)
    repeat(charting, site_ids=(source.sites[2].id,))
    assert [site.muscle for site in charting.record().sites] == ["platysma"]
    assert repeat(charting) == 3
    assert [site.number for site in charting.record().sites] == [1, 2, 3, 4]
    with pytest.raises(Invalid, match="in this session already"):
        repeat(charting)
    assert len(charting.record().sites) == 4


def test_what_is_charted_at_the_very_same_point_is_not_brought_twice(charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT, units="1")
    assert repeat(charting) == 3
    mentalis = [site for site in charting.record().sites if site.muscle == "mentalis"]
    assert [(site.units, site.confirmed) for site in mentalis] == [(Decimal(1), True)]


def test_a_copy_that_was_moved_still_counts_as_brought(charting: Charting) -> None:
    repeat(charting)
    site = charting.record().sites[1]
    charting.save(SiteEntry(site.units, muscle="mentalis", side=Side.RIGHT), site.id)
    with pytest.raises(Invalid, match="in this session already"):
        repeat(charting)


def test_doses_of_another_product_never_come(charting: Charting) -> None:
    draw_only_from(charting, "dysport")
    with pytest.raises(Invalid) as refused:
        repeat(charting)
    said = refused.value.fields["without_doses"]
    assert said.startswith("The session of 22 Nov 2026 used onabotulinumtoxinA (Botox); syringe B holds abobotulinum")
    assert charting.record().sites == ()
    repeat(charting, without_doses=True)
    record = charting.record()
    assert {site.units for site in record.sites} == {Decimal(0)}
    assert {site.dose_product for site in record.sites} == {"dysport"}
    assert "DOSE-008" in {one.code for one in charting.findings()}


def test_without_a_syringe_doses_stay_those_of_their_product(charting: Charting) -> None:
    repeat(charting, syringe_id=None)
    record = charting.record()
    assert {(site.syringe_id, site.dose_product) for site in record.sites} == {(None, "botox")}
    draw_only_from(charting, "dysport")
    version, ids = charting.version(), tuple(site.id for site in record.sites)
    with pytest.raises(Invalid) as refused, charting.writing() as uow:
        injection_sites.draw_from(uow, charting.visit_id, version, charting.syringe_id, ids)
    assert "clear" in refused.value.fields


def test_an_old_syringe_is_never_drawn_from(charting: Charting) -> None:
    old = charting.record(charting.source_id).syringes[0].id
    with pytest.raises(Invalid) as refused:
        repeat(charting, syringe_id=old)
    assert "syringe_id" in refused.value.fields
    assert charting.record().sites == ()


def test_the_other_side_is_refused_unless_the_palsy_is_on_both(charting: Charting) -> None:
    with pytest.raises(Invalid) as refused:
        repeat(charting, other_side=True)
    assert "other_side" in refused.value.fields
    assert charting.record().sites == ()


def test_on_both_sides_a_session_is_mirrored_once_and_brought_straight_once(charting: Charting) -> None:
    make_bilateral(charting)
    source = charting.record(charting.source_id)
    assert repeat(charting, other_side=True) == 4
    flipped = charting.record().sites
    assert [site.x for site in flipped] == [-site.x for site in source.sites]
    assert [site.side for site in flipped] == [Side.RIGHT, Side.RIGHT, Side.RIGHT, Side.LEFT]
    assert [site.purpose for site in flipped] == [site.purpose for site in source.sites]
    assert repeat(charting) == 4
    for other_side in (True, False):
        with pytest.raises(Invalid, match="in this session already"):
            repeat(charting, other_side=other_side)


def test_a_whole_repetition_is_undone_and_made_again_at_once(charting: Charting) -> None:
    repeat(charting)
    after = [pattern(site) for site in charting.record().sites]
    assert charting.record().undo == "4 sites repeated from 22 Nov 2026"
    for verb, stands in ((site_changes.undo, []), (site_changes.redo, after)):
        version = charting.version()
        with charting.writing() as uow:
            verb(uow, charting.visit_id, version)
        assert [pattern(site) for site in charting.record().sites] == stands
    assert {site.confirmed for site in charting.record().sites} == {False}


def test_the_event_says_what_came_from_where(charting: Charting) -> None:
    charting.site(muscle="procerus", side=Side.MIDLINE, units="1")
    repeat(charting)
    with charting.reading() as uow:
        last = select(AuditEvent).where(AuditEvent.action == "injection.sites_copied")
        event = uow.session.scalars(last).one()
        assert f"visit:{charting.source_id}" in event.values
        assert event.patient_id == charting.patient_id


def test_copies_on_a_side_without_palsy_keep_their_purpose(charting: Charting) -> None:
    repeat(charting)
    right = next(site for site in charting.record().sites if site.side is Side.RIGHT)
    assert right.purpose is Purpose.BALANCE


def test_a_muscle_that_is_gone_meanwhile_is_copied_and_flagged(charting: Charting) -> None:
    with charting.writing() as uow:
        conditions.add_muscle_status(
            uow,
            charting.patient_id,
            MuscleStatusValues("platysma", Side.LEFT, MuscleState.RESECTED, "platysmectomy"),
        )
    repeat(charting)
    flagged = {one.subject for one in charting.findings() if one.code == "SIDE-002"}
    site = next(site for site in charting.record().sites if site.muscle == "platysma")
    assert f"site:{site.id}" in flagged


def test_too_many_sites_bring_none(charting: Charting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(injection_sites, "SITES_MAXIMUM", 3)
    with pytest.raises(Invalid, match="at most 3 sites"):
        repeat(charting)
    assert charting.record().sites == ()
    assert charting.record().undo == ""


def test_after_a_time_out_what_is_brought_is_not_covered_by_it(charting: Charting) -> None:
    charting.site(muscle="procerus", side=Side.MIDLINE)
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out()
    repeat(charting)
    version, ids = charting.version(), tuple(site.id for site in charting.record().sites)
    with pytest.raises(WrongStep, match="time-out confirmed has changed"), charting.writing() as uow:
        injection_sites.confirm_sites(uow, charting.visit_id, version, ids)
    with pytest.raises(WrongStep, match="time-out"):
        charting.give_all()


def test_an_amendment_takes_nothing_of_another_session(charting: Charting, clock: Any) -> None:
    charting.chart_usual_sites()
    first = charting.source_id
    sign_what_stands(charting, clock)
    with charting.fresh_writing() as uow:
        charting.visit_id = signing.amend(uow, charting.source_id, "one dose was typed wrongly")
    with pytest.raises(WrongStep, match="amendment"):
        repeat(charting, source_id=first, syringe_id=None)


def test_a_transcription_takes_nothing_of_another_session(charting: Charting) -> None:
    version = charting.version()
    with charting.writing() as uow:
        injections.change_session(uow, charting.visit_id, version, transcribed=True)
    with pytest.raises(WrongStep, match="transcription"):
        repeat(charting)


def test_a_stale_repetition_changes_nothing(charting: Charting) -> None:
    version = charting.version()
    charting.site(muscle="procerus", side=Side.MIDLINE)
    with pytest.raises(Stale):
        repeat(charting, version=version)
    assert len(charting.record().sites) == 1


def test_only_this_patients_sessions_and_their_sites_are_found(
    charting: Charting, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, clock: Any
) -> None:
    stranger = Charting.begun(work, other_clinic, clock)
    stranger.signed()
    neighbour = replace(charting, patient_id=other_patient(charting), visit_id="")
    neighbour.start()
    foreign_site = stranger.record().sites[0].id
    for source_id in (stranger.visit_id, neighbour.visit_id, charting.visit_id, "0" * 26):
        with pytest.raises(NotFound):
            repeat(charting, source_id=source_id)
    with pytest.raises(NotFound):
        repeat(charting, site_ids=(foreign_site,))
    with pytest.raises(NotFound), work.writing(other_clinic.prescriber) as uow:
        repeats.repeat(uow, charting.visit_id, 1, charting.source_id)
    assert charting.record().sites == ()


def other_patient(charting: Charting) -> str:
    from tests.factories import make_patient

    return make_patient(charting.work, charting.clinic.prescriber, family_name="Lund", given_names="Ida")


def test_who_may_not_chart_repeats_nothing(charting: Charting) -> None:
    version = charting.version()
    with pytest.raises(NotPermitted), charting.work.writing(charting.clinic.people[Role.AUDITOR]) as uow:
        repeats.repeat(uow, charting.visit_id, version, charting.source_id)


def test_every_muscle_and_depth_is_repeated_as_it_was(charting: Charting, clock: Any) -> None:
    depths = list(Depth)
    for number, (key, muscle) in enumerate(sorted(MUSCLES.items())):
        if key == OTHER or number % 4:
            continue
        side = Side.LEFT if muscle.paired else Side.MIDLINE
        charting.save(SiteEntry(Decimal("0.25"), muscle=key, side=side, depth=depths[number // 4 % len(depths)]))
    sign_what_stands(charting, clock)
    source = charting.record(charting.source_id)
    repeat(charting)
    assert [pattern(site) for site in charting.record().sites] == [pattern(site) for site in source.sites]
