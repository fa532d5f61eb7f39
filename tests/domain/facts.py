"""Facts for the tests of the safety checks: a session against which nothing can be said, and its parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from clinic.domain.findings import Finding
from clinic.domain.injections import (
    Answer,
    PastDose,
    Purpose,
    Question,
    SessionFacts,
    SiteFact,
    TimeOutFact,
    VialFact,
)
from clinic.domain.quantities import Concentration
from clinic.domain.safety import check

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
TIME_OUT_AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
GIVEN_AT = datetime(2026, 11, 22, 15, 10, tzinfo=UTC)

SAFE_ANSWERS = {
    question: Answer.YES if question in (Question.BELLS_PHENOMENON, Question.CORNEAL_SENSATION) else Answer.NO
    for question in Question
}


def site(number: int = 1, **changes: Any) -> SiteFact:
    """A given 2.5-unit site in the left mentalis; another muscle or sub-site moves it to its named place."""
    muscle = changes.get("muscle", "mentalis")
    sub_site = changes.get("sub_site", "belly" if muscle == "mentalis" else None)
    side = changes.get("side", Side.LEFT)
    x, y = (0, 0) if {"x", "y"} <= set(changes) else anatomy.position(muscle, sub_site, side)
    standing = SiteFact(
        id=f"s{number}",
        number=number,
        muscle=muscle,
        sub_site=sub_site,
        side=side,
        x=x,
        y=y,
        units=Decimal("2.5"),
        purpose=Purpose.SYNKINESIS,
        vial_id="v1",
        given_at=GIVEN_AT,
    )
    return replace(standing, **{**changes, "units": Decimal(str(changes.get("units", "2.5")))})


def eye(number: int = 1, sub_site: str | None = "upper_pretarsal_lateral", **changes: Any) -> SiteFact:
    """A site in the left orbicularis oculi."""
    return site(number, muscle="orbicularis_oculi", sub_site=sub_site, **changes)


def vial(**changes: Any) -> VialFact:
    """A fresh 1,000-unit vial (so that only VIAL-002's own tests overdraw it) of Botox."""
    standing = VialFact(
        id="v1",
        product="botox",
        lot="C1234",
        expires_on=date(2027, 3, 31),
        labelled_units=Decimal(100),
        units_left=Decimal(1000),
        concentration=Concentration(Decimal(100), 4000),
        use_by=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    )
    return replace(standing, **changes)


def past(on: date, units: object, product: str = "botox", **changes: Any) -> PastDose:
    """An earlier dose, in platysma unless said."""
    return replace(PastDose(on=on, product=product, units=Decimal(str(units)), muscle="platysma"), **changes)


def facts(*sites: SiteFact, **changes: Any) -> SessionFacts:
    """A session with nothing to be said against; ``product`` and ``vial_changes`` change its vial."""
    product = changes.pop("product", "botox")
    own = vial(**{"product": product, **changes.pop("vial_changes", {})})
    standing = SessionFacts(
        on=TODAY,
        now=NOW,
        birth_date=date(1980, 5, 17),
        sites=sites or (site(),),
        vials={own.id: own},
        palsy_sides=frozenset({Side.LEFT}),
        answers=SAFE_ANSWERS,
        consent_recorded=True,
        time_outs=(TimeOutFact(TIME_OUT_AT, "d1"),),
        current_digest="d1",
    )
    return replace(standing, **changes)


def found(code: str, session: SessionFacts) -> list[Finding]:
    """The findings of one code."""
    return [one for one in check(session) if one.code == code]
