"""A visit content with a value in every field, for the golden file and round trips."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from clinic.domain.outcome_content import (
    AdverseEventContent,
    AssessmentContent,
    CellContent,
    EffectContent,
    GridContent,
    ImpressionContent,
    ItemContent,
    ReviewContent,
    ScoreContent,
)
from clinic.domain.plan_content import (
    FeedbackContent,
    GoalRatingContent,
    MuscleBlockContent,
    PlanItemContent,
    PlannedGivenContent,
    PlanningAnswerContent,
    TrainingContent,
)
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
)

AT = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
DAY = date(2026, 11, 22)


def full_content() -> VisitContent:
    """Every field filled, with accents, other scripts and markup in the texts."""
    return VisitContent(
        schema=SCHEMA,
        id="visit-1",
        revision=2,
        amends="visit-0",
        amendment_reason="The lot was mistyped",
        on=DAY,
        author="Dr Ada Prescriber",
        clinic=ClinicContent("Test clinic", "1 High Street", "+44 20 0000", "Europe/London"),
        patient=PatientContent(
            "patient-1", "Παπαδοπούλου", "Ελένη <b>", date(1979, 2, 3), 47, "10342", "female", synthetic=True
        ),
        conditions=(
            ConditionContent("left", "Bell's palsy", "14 Mar 2024", "House–Brackmann V", ("Platysma, left: resected",)),
        ),
        facts=(FactContent("Other allergy", "unknown", "", DAY),),
        notes=(NoteContent("plan", "Plan", "Review in 4 weeks"),),
        session=_session(),
        findings=(FindingContent("TIME-001", "warn", "30 days", "session", "labels", "", "", None),),
        assessments=(_assessment(),),
        grids=(_grid(),),
        reviews=(_review(),),
        adverse_events=(_event(),),
        plan=(_target(),),
        planned_given=(
            PlannedGivenContent(
                "mentalis",
                "Mentalis",
                "left",
                "botox",
                "onabotulinumtoxinA (Botox)",
                Decimal(5),
                Decimal("2.50"),
                "less by 2.5 units",
            ),
            PlannedGivenContent("platysma", "Platysma", "right", "", "product open", None, Decimal(5), "not planned"),
        ),
        goal_ratings=(GoalRatingContent("goal-1", "Smile in photos", 1, "+1, more than expected", "Ada", AT),),
        planning_answers=(
            PlanningAnswerContent("mass", "red flags", "Lump in the neck", "no", "Παλαιό <i>", "Ada", AT),
        ),
        blocks=(_block(),),
        training=(_training(),),
    )


def _target() -> PlanItemContent:
    return PlanItemContent(
        id="item-1",
        kind="target",
        kind_label="target for botulinum toxin",
        number=2,
        state="agreed",
        title="Mentalis, patient’s left: 5 units onabotulinumtoxinA (Botox)",
        lines=(("Purpose", "synkinesis"), ("Dose from", "clinic preset <b>")),
        reason="Consider mentalis: chin dimples with pucker",
        rules=("target-chin",),
        note="",
        muscle="mentalis",
        side="left",
        product="botox",
        sites=2,
        units=Decimal("5.00"),
        due_on=DAY,
        by="Ada",
        at=AT,
    )


def _block() -> MuscleBlockContent:
    return MuscleBlockContent(
        id="block-1",
        muscle="depressor_anguli_oris",
        muscle_label="Depressor anguli oris",
        side="left",
        agent="lidocaine 1 %, 0.5 mL",
        results=(("Excursion of the mouth corner", "4 → 7 mm, +3 mm"),),
        patient_says="“Lighter”",
        note="",
        by="Ada",
        at=AT,
    )


def _training() -> TrainingContent:
    feedback = FeedbackContent(
        "EMG feedback",
        "left",
        "big_smile",
        "eye",
        "eye narrows with big smile",
        "partly brought down",
        "grade 3 → 2",
        "",
    )
    return TrainingContent(45, ("Facial neuromuscular retraining",), (feedback,), "daily", "", "Tess", AT)


def _session() -> SessionContent:
    return SessionContent(
        phase="settled",
        given_by="Dr Ada Prescriber",
        ordered_by="",
        supervised_by="",
        touch_up_of=date(2026, 9, 1),
        transcribed=False,
        transcribed_source="",
        guidance=("visual", "EMG"),
        needle="32 G",
        anaesthesia="ice",
        indication="eye closes on smiling",
        consent="off-label use explained",
        consent_by="Dr Ada Prescriber",
        consent_at=AT,
        entered_late_reason="",
        prepared_at=AT,
        settled_at=AT,
        days_since_last=101,
        last_session_on=date(2026, 8, 13),
        answers=(AnswerContent("allergy", "Allergy", False, "no", "", "Ada", AT),),
        time_outs=(TimeOutContent("Ada", AT, (("Patient", "Keane"), ("Total", "2.5 units"))),),
        syringes=(_syringe(),),
        sites=(_site(),),
        totals=(
            TotalContent("botox", "onabotulinumtoxinA (Botox)", "left", "mentalis", "Mentalis", 1, Decimal("2.50")),
        ),
    )


def _syringe() -> SyringeContent:
    return SyringeContent(
        letter="A",
        product="botox",
        product_name="onabotulinumtoxinA (Botox)",
        lot="C4821A2",
        expires_on=date(2027, 8, 31),
        vial="V-0001",
        labelled_units=Decimal(100),
        diluent="0.9 % sodium chloride",
        diluent_microlitres=4000,
        per_tenth="2.5",
        mixed_by="Ada",
        mixed_at=AT,
        use_by=AT,
        use_by_rule="24 hours after mixing",
        given=Decimal("2.5"),
        wasted=Decimal(0),
        waste_reason="",
        left=Decimal("97.5"),
    )


def _site() -> SiteContent:
    return SiteContent(
        id="site-1",
        number=1,
        muscle="mentalis",
        muscle_label="Mentalis",
        sub_site="belly",
        sub_site_label="belly",
        side="left",
        x=55,
        y=-835,
        view="front",
        purpose="synkinesis",
        units=Decimal("2.50"),
        volume="0.1",
        syringe="A",
        product="botox",
        product_name="onabotulinumtoxinA (Botox)",
        depth="intramuscular",
        note="",
        copied_from=None,
        confirmed=True,
        given_at=AT,
        entered_late_reason="",
    )


def _assessment() -> AssessmentContent:
    return AssessmentContent(
        id="assessment-1",
        instrument="sunnybrook",
        version="1996",
        title="Sunnybrook Facial Grading System",
        side="left",
        rater="Ada",
        patient_reported=False,
        entered_by="",
        rated_at=AT,
        blind=True,
        items=(ItemContent("rest_eye", "At rest", "Eye at rest", 1, "narrower"),),
        scores=(
            ScoreContent("composite", "Composite", Decimal(58), "", "58 of 100, higher is better", "", None),
            ScoreContent("grade", "Grade", Decimal("-2.22"), "II", "II", "check the entries", 4),
        ),
        note="Seated, <b>good</b> light",
    )


def _grid() -> GridContent:
    return GridContent(
        id="assessment-2",
        version="1",
        rater="Ada",
        rated_at=AT,
        blind=False,
        cells=(
            CellContent("left", "big_smile", "Big smile", "eye", "Eye", 2, 3),
            CellContent("left", "pucker", "Pucker", "chin", "Chin", 3, None),
        ),
        summary=("left: chin dimples with pucker 3, eye narrows with big smile 2/3",),
        note="",
    )


def _review() -> ReviewContent:
    return ReviewContent(
        session="visit-0",
        session_on=date(2026, 8, 13),
        contact="by phone",
        days_after=101,
        first_noticed_day=5,
        best_day=28,
        wearing="worn off",
        worn_off_day=70,
        benefit="10 weeks of benefit",
        effects=(
            EffectContent(
                "left",
                "big_smile",
                "eye",
                "eye narrows with big smile",
                50,
                False,
                ("left Mentalis",),
                (("mentalis", "left"),),
            ),
            EffectContent("left", "pucker", "chin", "chin dimples with pucker", None, True, (), ()),
        ),
        impressions=(ImpressionContent("mentalis", "Mentalis", "left", "more next time", "Ada"),),
        adverse_event="yes",
        note="",
        answered_by="Ada",
        answered_at=AT,
    )


def _event() -> AdverseEventContent:
    return AdverseEventContent(
        id="event-1",
        kind="eyelid_ptosis",
        label="Drooping of the upper lid",
        grade=1,
        grade_words="mild: no treatment needed",
        side="left",
        session_on=date(2026, 8, 13),
        onset_on=date(2026, 8, 19),
        ended_on=None,
        relation="probable",
        serious=False,
        description="MRD1 2 mm lower",
        action="",
        reported_to="",
        sites=("site 1, left Mentalis",),
        lots=("C4821A2",),
        reviewed_by="Ada",
        review="Leave the lower lid out next time",
        recorded_by="Ada",
        recorded_at=AT,
    )
