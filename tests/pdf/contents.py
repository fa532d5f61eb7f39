"""Contents of visits for the tests of the prints: an ordinary session of 12 sites, and ways to change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from clinic.domain.injections import Question
from clinic.domain.quantities import format_volume
from clinic.domain.visit_content import (
    SCHEMA,
    AnswerContent,
    ClinicContent,
    ConditionContent,
    FactContent,
    FindingContent,
    NoteContent,
    PatientContent,
    SessionContent,
    SiteContent,
    SyringeContent,
    TimeOutContent,
    TotalContent,
    VisitContent,
    digest,
)
from clinic.pdf.stamps import Addendum, Signature, Stamp

BOTOX = "onabotulinumtoxinA (Botox)"
ON = date(2026, 11, 22)
MIXED = datetime(2026, 11, 22, 9, 55, tzinfo=UTC)
GIVEN = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
TIME_OUT = datetime(2026, 11, 22, 10, 38, tzinfo=UTC)
ASKED = datetime(2026, 11, 22, 10, 12, tzinfo=UTC)

USUAL: tuple[tuple[str, str | None, Side, str], ...] = (
    ("orbicularis_oculi", "lateral_orbital_upper", Side.RIGHT, "2.5"),
    ("orbicularis_oculi", "lateral_orbital_middle", Side.RIGHT, "2.5"),
    ("orbicularis_oculi", "lateral_orbital_lower", Side.RIGHT, "2.5"),
    ("orbicularis_oculi", "lower_pretarsal_lateral", Side.RIGHT, "1.25"),
    ("depressor_anguli_oris", None, Side.RIGHT, "2.5"),
    ("mentalis", None, Side.RIGHT, "2.5"),
    ("platysma", "medial_band_1", Side.RIGHT, "2.5"),
    ("platysma", "medial_band_2", Side.RIGHT, "2.5"),
    ("platysma", "medial_band_3", Side.RIGHT, "2.5"),
    ("platysma", "medial_band_4", Side.RIGHT, "2.5"),
    ("frontalis", None, Side.LEFT, "2.5"),
    ("depressor_labii_inferioris", None, Side.LEFT, "5"),
)


def site(number: int, muscle: str, sub_site: str | None, side: Side, units: str, **changes: Any) -> SiteContent:
    """A given site at its named place, from syringe A (4 units in 0.1 mL)."""
    x, y = anatomy.position(muscle, sub_site, side)
    made = SiteContent(
        id=f"site-{number}",
        number=number,
        muscle=muscle,
        muscle_label=anatomy.muscle_label(muscle),
        sub_site=sub_site,
        sub_site_label=anatomy.site_label(muscle, sub_site) if sub_site else "",
        side=side.value,
        x=x,
        y=y,
        view="front",
        purpose="balance of the other side" if side is Side.LEFT else "synkinesis",
        units=Decimal(units),
        volume=format_volume(Fraction(Decimal(units)) * 25),
        syringe="A",
        product="botox",
        product_name=BOTOX,
        depth="intramuscular",
        note="",
        copied_from=None,
        confirmed=True,
        given_at=GIVEN,
        entered_late_reason="",
    )
    return replace(made, **changes)


def syringe(letter: str = "A", **changes: Any) -> SyringeContent:
    """A syringe from a vial of 100 units in 2.5 mL."""
    made = SyringeContent(
        letter=letter,
        product="botox",
        product_name=BOTOX,
        lot="C4821A2",
        expires_on=date(2027, 8, 31),
        vial="vial 3",
        labelled_units=Decimal(100),
        diluent="0.9 % sodium chloride, preservative-free",
        diluent_microlitres=2500,
        per_tenth="4",
        mixed_by="J. Example",
        mixed_at=MIXED,
        use_by=datetime(2026, 11, 23, 9, 55, tzinfo=UTC),
        use_by_rule="label: 24 hours after mixing",
        given=Decimal("31.25"),
        wasted=Decimal("1.25"),
        waste_reason="drop at the needle",
        left=Decimal("67.5"),
    )
    return replace(made, **changes)


def answers(**given: str) -> tuple[AnswerContent, ...]:
    """Every question answered as if nothing stood in the way, but for those given."""
    usual = {Question.BELLS_PHENOMENON: "yes", Question.CORNEAL_SENSATION: "yes"}
    return tuple(
        AnswerContent(
            one.value,
            one.label,
            one.is_eye,
            given.get(one.value, usual.get(one, "no")),
            "apixaban, last dose yesterday" if given.get(one.value) == "yes" else "",
            "J. Example",
            ASKED,
        )
        for one in Question
    )


def totals(sites: tuple[SiteContent, ...]) -> tuple[TotalContent, ...]:
    """Units by product, side and muscle, as the queries sum them."""
    sums: dict[tuple[str, ...], list[Decimal]] = {}
    for one in sites:
        sums.setdefault((one.product, one.product_name, one.side, one.muscle, one.muscle_label), []).append(one.units)
    return tuple(TotalContent(*key, len(units), sum(units, Decimal(0))) for key, units in sums.items())  # type: ignore[arg-type]


def session(sites: tuple[SiteContent, ...] | None = None, **changes: Any) -> SessionContent:
    """A settled session with consent, a time-out and every question answered."""
    if sites is None:
        sites = tuple(site(number, *row) for number, row in enumerate(USUAL, start=1))
    made = SessionContent(
        phase="settled",
        given_by="Dr A. Example",
        ordered_by="Dr A. Example",
        supervised_by="",
        touch_up_of=None,
        transcribed=False,
        transcribed_source="",
        guidance=("EMG", "visual"),
        needle="30 G, 13 mm",
        anaesthesia="none, cold pack",
        indication="synkinesis after Bell's palsy, off-label",
        consent="written, for off-label use",
        consent_by="J. Example",
        consent_at=ASKED,
        entered_late_reason="",
        prepared_at=MIXED,
        settled_at=datetime(2026, 11, 22, 10, 58, tzinfo=UTC),
        days_since_last=101,
        last_session_on=date(2026, 8, 13),
        answers=answers(anticoagulant="yes"),
        time_outs=(TimeOutContent("Dr A. Example", TIME_OUT, CONFIRMED),),
        syringes=(syringe(given=sum((one.units for one in sites), Decimal(0))),),
        sites=sites,
        totals=totals(sites),
    )
    return replace(made, **changes)


CONFIRMED = (
    ("Patient", "Keane, Margaret, born 3 Feb 1979"),
    ("Record number", "10342"),
    ("Palsy", "right (Bell's palsy)"),
    ("Patient's right", f"23.75 units {BOTOX}"),
    ("Patient's left", f"7.5 units {BOTOX}"),
    (f"Total {BOTOX}", "31.25 units, 12 sites"),
    ("Syringe A", f"{BOTOX}, lot C4821A2, expires 31 Aug 2027, 100 units in 2.5 mL"),
    ("Allergies and contraindications", "none reported today"),
    ("Consent", "written, for off-label use"),
)

PATIENT = PatientContent("p-1", "Keane", "Margaret", date(1979, 2, 3), 47, "10342", "female", synthetic=True)

FINDINGS = (
    FindingContent(
        "SCREEN-004",
        "warn",
        "Anticoagulant or bleeding tendency: yes. Bruising is likelier.",
        "answer:anticoagulant",
        "This record's own rule",
        "",
        "",
        None,
    ),
    FindingContent(
        "SIDE-001",
        "prescriber",
        "Site 11: balance is charted on the patient's left, where no palsy is recorded. Palsy: right.",
        "site:site-11",
        "This record's own rule",
        "balancing the strong side, agreed at the last review",
        "Dr A. Example",
        TIME_OUT,
    ),
)


def visit(**changes: Any) -> VisitContent:
    """A visit of 12 sites with outcome, assessment and plan; ``patient=`` and others replace whole parts."""
    made = VisitContent(
        schema=SCHEMA,
        id="v-7f3a",
        revision=1,
        amends=None,
        amendment_reason="",
        on=ON,
        author="Dr A. Example",
        clinic=ClinicContent(
            "Northgate Facial Nerve Clinic", "12 Harbour Street, Leith EH6 6JJ", "0131 496 0000", "Europe/London"
        ),
        patient=PATIENT,
        conditions=(ConditionContent("right", "Bell's palsy", "14 Mar 2024", "House–Brackmann V", ()),),
        facts=(
            FactContent("Anticoagulant or bleeding tendency", "yes", "apixaban 5 mg twice a day", date(2026, 4, 10)),
            FactContent("Allergy to a botulinum toxin or a component", "no", "", date(2026, 4, 10)),
        ),
        notes=(
            NoteContent("complaints", "Complaints in order", "1. The right eye closes on smiling.\n2. Tight neck."),
            NoteContent(
                "outcome",
                "Outcome of the last session",
                "Eye 50 %, chin 60 %, neck 20 % better. Benefit for 12 weeks. No adverse event.",
            ),
            NoteContent(
                "assessment", "Assessment", "Smile to eye 2, group grade 3. Pucker to chin 3. Snarl to neck 2."
            ),
            NoteContent(
                "plan", "Plan", "Review by phone in 2 weeks, in clinic in 4 weeks. Neck raised from 5 to 10 units."
            ),
        ),
        session=session(),
        findings=FINDINGS,
    )
    return replace(made, **changes)


def signed(content: VisitContent, **changes: Any) -> Stamp:
    """The stamp of a signed visit that stands."""
    signature = Signature(
        "Dr Alex Example",
        "prescriber",
        "performed and recorded",
        "22 Nov 2026, 11:04 GMT (Europe/London)",
        digest(content),
    )
    made = Stamp("V-2026-0311 / 1", "22 Nov 2026, 14:30 GMT", "signed", signatures=(signature,))
    return replace(made, **changes)


def draft(**changes: Any) -> Stamp:
    """The stamp of a draft."""
    return replace(Stamp("V-2026-0311 / draft", "22 Nov 2026, 10:50 GMT", "draft"), **changes)


ADDENDUM = Addendum("Phoned: no bruise.", "J. Example", "24 Nov 2026, 09:10 GMT")


def many_sites(count: int = 60) -> tuple[SiteContent, ...]:
    """As many sites, spread over every muscle that has named places."""
    places = [
        (muscle.key, one.key, side)
        for muscle in anatomy.MUSCLES.values()
        for one in muscle.sites
        for side in ((Side.MIDLINE,) if one.x == 0 else (Side.RIGHT, Side.LEFT))
    ]
    return tuple(
        site(number, *places[number % len(places)], str(Decimal(number % 7 + 1) / 4 + 1))
        for number in range(1, count + 1)
    )
