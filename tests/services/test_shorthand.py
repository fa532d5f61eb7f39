"""The shorthand line of a draft: charted whole or not at all, kept, rewritten; each as one change that can be undone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.errors import DomainError, Frozen, Invalid, Stale
from clinic.domain.site_entries import SiteEntry
from clinic.queries.shorthand import sites_line
from clinic.services import injection_sites, shorthand, site_changes
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.domain.test_shorthand import USUAL
from tests.factories import ClinicWorld


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe and no site."""
    return Charting.begun(work, clinic, clock)


def chart(charting: Charting, text: str, syringe_id: str | None = None) -> None:
    """Chart a line."""
    version = charting.version()
    with charting.writing() as uow:
        shorthand.chart_line(uow, charting.visit_id, version, text, syringe_id or charting.syringe_id)


def keep(charting: Charting, text: str) -> None:
    """Keep a line."""
    version = charting.version()
    with charting.writing() as uow:
        shorthand.keep_line(uow, charting.visit_id, version, text)


def rewrite(charting: Charting, text: str, was: str | None = None) -> None:
    """Rewrite today's sites."""
    version = charting.version()
    was = sites_line(charting.record()).line if was is None else was
    with charting.writing() as uow:
        shorthand.rewrite_line(uow, charting.visit_id, version, text, charting.syringe_id, was=was)


def undo(charting: Charting) -> str:
    """Take the last change of the sites back; gives what it was called."""
    record = charting.record()
    with charting.writing() as uow:
        site_changes.undo(uow, charting.visit_id, record.visit.edit_version)
    return record.undo


def sites(charting: Charting) -> list[tuple[int, str, str | None, str, Decimal]]:
    """The sites as they stand."""
    return [(one.number, one.muscle, one.sub_site, one.side.value, one.units) for one in charting.record().sites]


def kept(charting: Charting) -> str:
    """The kept line."""
    session = charting.record().session
    assert session is not None
    return session.shorthand


def refusal(kind: type[DomainError], charting: Charting, text: str) -> DomainError:
    """What charting a line is refused with; nothing was charted."""
    before = sites(charting)
    with pytest.raises(kind) as refused:
        chart(charting, text)
    assert sites(charting) == before
    return refused.value


def test_a_line_is_charted_in_one_change_with_its_syringe(charting: Charting) -> None:
    keep(charting, USUAL)
    chart(charting, USUAL)
    found = charting.record().sites
    assert len(found) == 12
    assert sum(site.units for site in found) == Decimal("23.75")
    assert {site.syringe_id for site in found} == {charting.syringe_id}
    assert {site.dose_product for site in found} == {"botox"}
    assert [site.number for site in found] == list(range(1, 13))
    assert [(site.side, site.x < 0) for site in found if site.muscle == "mentalis"] == [(Side.LEFT, False)]
    assert all(site.x < 0 for site in found if site.side is Side.RIGHT)
    assert kept(charting) == ""
    assert undo(charting) == "12 sites charted from a line"
    assert sites(charting) == []


def test_one_problem_charts_nothing_and_is_named(charting: Charting) -> None:
    keep(charting, "l dao 5; r oo 5; men 2,5")
    error = refusal(Invalid, charting, "l dao 5; r oo 5; men 2,5")
    assert isinstance(error, Invalid)
    assert "orbicularis oculi" in error.fields["shorthand"]
    assert "2,5" in error.fields["shorthand"]
    assert "Nothing was charted" in error.fields["shorthand"]
    assert kept(charting) == "l dao 5; r oo 5; men 2,5"
    refusal(Invalid, charting, " ; ")


def test_a_site_that_is_charted_already_is_not_charted_twice(charting: Charting) -> None:
    chart(charting, "l dao 5")
    error = refusal(Invalid, charting, "l men 2; dao 2.5")
    assert "site 1, Depressor anguli oris, belly, patient’s left, 5\u00a0units" in error.message


def test_a_line_of_an_older_page_is_stale(charting: Charting) -> None:
    version = charting.version()
    chart(charting, "l dao 5")
    with pytest.raises(Stale), charting.writing() as uow:
        shorthand.chart_line(uow, charting.visit_id, version, "l men 2")


def test_a_recalled_or_strange_syringe_charts_nothing(charting: Charting) -> None:
    with pytest.raises(Invalid):
        chart(charting, "l dao 5", "0" * 26)
    assert sites(charting) == []


def test_text_that_is_not_charted_stops_signing_until_it_is_charted_or_deleted(charting: Charting) -> None:
    keep(charting, "l dao 5; xx")
    found = [one for one in charting.findings() if one.code == "TEXT-001"]
    assert len(found) == 1
    assert found[0].stops
    assert "l dao 5; xx" in found[0].message
    keep(charting, "  ")
    assert kept(charting) == ""
    assert not [one for one in charting.findings() if one.code == "TEXT-001"]
    with pytest.raises(Invalid):
        keep(charting, "x" * 2001)


def test_today_as_a_line_names_what_a_line_cannot_say(charting: Charting) -> None:
    chart(charting, "l dao 5; b men 2")
    charting.site(x=-300, y=950, note="scar")
    charting.site(muscle="frontalis", x=-345, y=860, units="1")
    charting.site(muscle="depressor_anguli_oris", side=Side.LEFT, units="1")
    found = sites_line(charting.record())
    assert found.line == "l dao 5; r men 2; l men 2"
    assert len(found.left) == 3
    assert found.left[0].startswith("Site 4, Other, patient’s right: it lies away from every named site")
    assert found.left[2].startswith("Site 6, Depressor anguli oris, belly, patient’s left: another site")


def test_rewriting_keeps_changes_removes_and_adds_in_one_change(charting: Charting) -> None:
    chart(charting, "l ooc lat 1.25x3; dao 5; men 2")
    charting.site(x=-300, y=950, note="scar")
    version, mentalis = charting.version(), charting.record().sites[4]
    moved = SiteEntry(Decimal(2), x=mentalis.x + 5, y=mentalis.y, muscle="mentalis", syringe_id=charting.syringe_id)
    with charting.writing() as uow:
        injection_sites.save_site(uow, charting.visit_id, version, moved, mentalis.id)
    before = {site.id: site for site in charting.record().sites}
    rewrite(charting, "l ooc lat 1.25x3; men 3; r dli 5")
    after = {site.id: site for site in charting.record().sites}
    assert after[mentalis.id].x == mentalis.x + 5
    assert after[mentalis.id].units == 3
    kept_ids = set(before) & set(after)
    assert len(kept_ids) == 5
    assert [after[one].note for one in kept_ids if after[one].note] == ["scar"]
    assert [(one[1], one[3], one[4]) for one in sites(charting)] == [
        ("orbicularis_oculi", "left", Decimal("1.25")),
        ("orbicularis_oculi", "left", Decimal("1.25")),
        ("orbicularis_oculi", "left", Decimal("1.25")),
        ("mentalis", "left", Decimal(3)),
        ("other", "right", Decimal("2.5")),
        ("depressor_labii_inferioris", "right", Decimal(5)),
    ]
    undo(charting)
    assert {site.id: (site.number, site.units, site.x) for site in charting.record().sites} == {
        key: (site.number, site.units, site.x) for key, site in before.items()
    }


def test_an_unchanged_line_changes_nothing(charting: Charting) -> None:
    chart(charting, USUAL)
    before = sites(charting)
    rewrite(charting, sites_line(charting.record()).line)
    assert sites(charting) == before


def test_a_second_site_at_one_place_is_left_alone(charting: Charting) -> None:
    chart(charting, "l dao 5")
    charting.site(muscle="depressor_anguli_oris", side=Side.LEFT, units="1")
    rewrite(charting, "l dao 4")
    assert [units for *_, units in sites(charting)] == [Decimal(4), Decimal(1)]


def test_a_line_of_sites_that_changed_meanwhile_is_refused(charting: Charting) -> None:
    chart(charting, "l dao 5")
    was = sites_line(charting.record()).line
    chart(charting, "r dli 2")
    with pytest.raises(Invalid) as refused:
        rewrite(charting, "l dao 4", was)
    assert "The sites were changed since" in refused.value.message
    assert len(sites(charting)) == 2


def test_nothing_is_rewritten_once_a_site_is_given(charting: Charting) -> None:
    charting.given()
    with pytest.raises(Frozen):
        rewrite(charting, "l dao 4")
