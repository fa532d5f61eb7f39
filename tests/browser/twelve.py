"""The session that the counts are about: twelve sites, seven muscles, five doses, both sides, one vial."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page

from clinic.domain.actors import Role
from clinic.domain.anatomy import position
from clinic.domain.shorthand import SaidSite, parse
from clinic.models import Clinic
from clinic.services import clinics
from tests.charting import Charting, open_vial

LINE = "l ooc la 1.25x3;dao 2.5;men 2;pla jaw 1.5x4;r dli 5;fro ce 2.5;nas 2"
SITES: tuple[SaidSite, ...] = parse(LINE).sites
TOTAL = Decimal("23.75")
DOSES = "1.25 1.5 2 2.5 5"

COUNT = """() => {
  window.acts = { keys: 0, presses: 0, start: performance.now() };
  addEventListener("keydown", event => { window.acts.keys += !event.repeat; }, { capture: true });
  addEventListener("pointerdown", () => { window.acts.presses += 1; }, { capture: true });
}"""


@dataclass(frozen=True)
class Count:
    """What a hand did since the counting began."""

    keys: int
    presses: int
    seconds: float


def count(page: Page) -> None:
    """Begin to count keys (without those a held key repeats) and presses of a pointer."""
    page.evaluate(COUNT)


def counted(page: Page, what: str) -> Count:
    """What was counted, printed for the record."""
    found = page.evaluate("() => ({ ...window.acts, now: performance.now() })")
    done = Count(found["keys"], found["presses"], (found["now"] - found["start"]) / 1000)
    print(f"\n{what}: {done.keys} keys, {done.presses} presses, {done.seconds:.1f} s")
    return done


def points() -> list[tuple[str, int, int]]:
    """Dose and place of each site, the doses one after the other as the row offers them."""
    found = [(format(site.units, "f"), *position(site.muscle, site.sub_site, site.side)) for site in SITES]
    return sorted(found, key=lambda one: DOSES.split().index(one[0]))


def charted(charting: Charting) -> list[tuple[str, str | None, str, Decimal]]:
    """The sites of the draft as the server has them."""
    return sorted((site.muscle, site.sub_site or "", site.side.value, site.units) for site in charting.record().sites)


def meant() -> list[tuple[str, str | None, str, Decimal]]:
    """The twelve sites."""
    return sorted((site.muscle, site.sub_site or "", site.side.value, site.units) for site in SITES)


def usual_doses(charting: Charting) -> None:
    """Let the clinic's row hold the five doses."""
    administrator = charting.clinic.people[Role.ADMINISTRATOR]
    with charting.work.writing(administrator) as uow:
        version = uow.session.get_one(Clinic, uow.clinic_id).edit_version
        clinics.change_clinic(uow, version, usual_doses=DOSES)


def give_twelve(charting: Charting) -> None:
    """Chart the twelve sites, give them and sign."""
    for site in SITES:
        charting.site(muscle=site.muscle, sub_site=site.sub_site, side=site.side, units=format(site.units, "f"))
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out()
    charting.give_all()
    charting.settle()
    charting.sign()


def after_twelve(charting: Charting, clock: Any, **vial: Any) -> Charting:
    """Twelve weeks after the twelve sites were given: a new draft with a vial chosen and no site."""
    usual_doses(charting)
    give_twelve(charting)
    clock.move(weeks=12)
    charting.vial_id = open_vial(charting.work, charting.clinic, label="V-0002", lot="C5102B7", **vial)
    charting.start()
    return charting
