"""Patients that fill the lists: invented by a seeded random, each with up to six sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from random import Random

from clinic.demo.generated_outcomes import BRUISE, HEAVY, NONE, Course, Told
from clinic.demo.sessions import Case, Plan, whole
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer, Question
from clinic.domain.patients import Cause, DatePrecision, SafetyFactKind, Sex
from clinic.domain.visits import Section
from clinic.services.conditions import ConditionValues
from clinic.services.injections import AnswerEntry
from clinic.services.patients import PatientValues
from clinic.services.safety_facts import FactAnswer

FAMILIES = (
    "Abbott", "Bergström", "Castellanos", "Dufresne", "Eriksen", "Fairweather", "Gallagher", "Haddad", "Ivanova", "Jansen",
    "Khan", "Lombardi", "Mbeki", "Novák", "O’Sullivan", "Petrov", "Quigley", "Rossi", "Singh", "Tanaka",
    "Underhill", "Vasquez", "Wójcik", "Xu", "Yilmaz", "Zimmermann", "Ashworth", "Blackwood", "Crowther", "Dlamini",
    "El-Amin", "Ferguson", "Grimaldi", "Hollis", "Ingram", "Jovanović", "Kaplan", "Lefèvre", "Macdonald", "Nyström",
)  # fmt: skip
WOMEN = (
    "Amara", "Beatrice", "Clara", "Deirdre", "Esther", "Freya", "Greta", "Hana", "Imogen", "Judith",
    "Karin", "Leila", "Maeve", "Noor", "Ottilie", "Paloma", "Ruth", "Saoirse", "Tess", "Wanda",
)  # fmt: skip
MEN = (
    "Anders", "Bruno", "Cormac", "Dmitri", "Emeka", "Felix", "Gareth", "Hassan", "Ivo", "Jonas",
    "Kofi", "Laszlo", "Mateo", "Nikhil", "Oskar", "Pavel", "Ravi", "Stefan", "Theo", "Viktor",
)  # fmt: skip
_CAUSES = (Cause.BELLS_PALSY,) * 6 + (
    Cause.ZOSTER_OTICUS,
    Cause.ZOSTER_OTICUS,
    Cause.TUMOUR_SURGERY,
    Cause.TRAUMA,
    Cause.OTITIS,
)
_EYE = ("{s} orbicularis_oculi:lateral_orbital {d}", "{s} orbicularis_oculi:lower_pretarsal*1 1.25")
_TARGETS: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("eye closes when smiling", "big_smile eye", _EYE),
    ("chin dimples in speech", "speech chin", ("{s} mentalis {d}",)),
    ("corner of the mouth is held down", "big_smile mouth_corner", ("{s} depressor_anguli_oris {d}",)),
    ("neck pulls", "big_smile neck", ("{s} platysma:medial_band*4 {d}",)),
    ("tight cheek", "rest cheek", ("{s} buccinator*2 {d}", "{s} platysma:lateral_band*2 {d}")),
    ("eyebrow of the other side stands higher", "brow_raise other_side", ("{o} frontalis*3 2.5",)),
    ("lower lip of the other side pulls", "lower_teeth other_side", ("{o} depressor_labii_inferioris {d}",)),
)
"""What is complained of, its cell of the grid, and the sites against it."""
_DOSES = {"botox": ("1.25", "2.5", "2.5", "5"), "xeomin": ("1.25", "2.5"), "dysport": ("5", "7.5", "10")}
_PRODUCTS = ("botox", "botox", "botox", "xeomin", "dysport")
_TIMES = ("09:40", "10:40", "11:40", "13:40", "14:40", "15:40")
_SESSIONS = (2, 1, 3, 0, 2, 1, 6, 0, 1, 2)
_WEEKDAYS = 5


@dataclass(frozen=True, slots=True)
class _Course:
    """How somebody is treated throughout."""

    case: Case
    by: str
    product: str
    complaints: str
    sites: str
    answers: dict[Question, AnswerEntry]
    face: Course


def schedule(stage: Stage, cupboard: Cupboard, *, count: int, first_number: int, by: Sequence[str]) -> None:
    """Put ``count`` invented patients on the timeline, treated by any of the people ``by``."""
    families = list(FAMILIES)
    stage.random.shuffle(families)
    for index in range(count):
        course = _course(stage, cupboard, families[index % len(families)], f"FN-{first_number + index}", by)
        _treat(stage, course, sessions=_SESSIONS[index % len(_SESSIONS)])


def _course(stage: Stage, cupboard: Cupboard, family: str, number: str, by: Sequence[str]) -> _Course:
    random = stage.random
    product = random.choice(_PRODUCTS)
    side = random.choice((Side.RIGHT, Side.LEFT))
    complaints, sites, patterns = _regimen(random, side, product)
    thinned = random.random() < 0.15
    facts = {SafetyFactKind.ANTICOAGULANT: FactAnswer(Answer.YES, "Rivaroxaban")} if thinned else {}
    answers = {Question.ANTICOAGULANT: AnswerEntry(Answer.YES, "Rivaroxaban")} if thinned else {}
    case = Case(stage, cupboard, _person(stage, family, number), (_episode(stage, side),), facts=facts)
    # Drawn from a source of its own, so that who comes and when does not depend on what is graded.
    face = Course(side, patterns, Random(f"{number}:outcomes"))  # noqa: S311 - invented
    return _Course(case, random.choice(by), product, complaints, sites, answers, face)


def _person(stage: Stage, family: str, number: str) -> PatientValues:
    random = stage.random
    sex = random.choice((Sex.FEMALE, Sex.FEMALE, Sex.MALE))
    born = stage.day("1975-06-15") + timedelta(days=random.randint(-9500, 9500))
    given = random.choice(WOMEN if sex is Sex.FEMALE else MEN)
    return PatientValues(
        family_name=family, given_names=given, birth_date=born, record_number=number, sex=sex, language="English"
    )


def _episode(stage: Stage, side: Side) -> ConditionValues:
    random = stage.random
    cause = random.choice(_CAUSES)
    onset = stage.day("2024-01-15") - timedelta(days=random.randint(300, 2200))
    precision = random.choice((DatePrecision.DAY, DatePrecision.DAY, DatePrecision.MONTH, DatePrecision.YEAR))
    return ConditionValues(
        side=side,
        cause=cause,
        cause_detail="vestibular schwannoma" if cause is Cause.TUMOUR_SURGERY else "",
        onset_on=_as_known(onset, precision),
        onset_precision=precision,
        worst_house_brackmann=random.randint(3, 6),
        eye_status="Closes fully.",
    )


def _as_known(day: date, precision: DatePrecision) -> date:
    if precision is DatePrecision.DAY:
        return day
    return day.replace(day=1) if precision is DatePrecision.MONTH else day.replace(month=1, day=1)


def _regimen(random: Random, side: Side, product: str) -> tuple[str, str, tuple[str, ...]]:
    """Complaints in their order, the sites that follow from them, and the patterns of the grid."""
    chosen = random.sample(_TARGETS, random.randint(2, 4))
    complaints = " ".join(f"{place}. {words[:1].upper()}{words[1:]}." for place, (words, *_) in enumerate(chosen, 1))
    sites: list[str] = []
    for *_, templates in chosen:
        dose = random.choice(_DOSES[product])
        sites += [template.format(s=side, o=side.other, d=dose) for template in templates]
    return complaints, "; ".join(sites), tuple(f"{side} {cell}" for _, cell, _ in chosen)


def _treat(stage: Stage, course: _Course, *, sessions: int) -> None:
    random = stage.random
    last = stage.today - timedelta(days=random.randint(4, 150))
    gaps = [random.randint(90, 126) for _ in range(max(sessions - 1, 0))]
    days = [_weekday(last - timedelta(days=sum(gaps[:back]))) for back in range(sessions)][::-1]
    seen = _weekday((days[0] if days else last) - timedelta(days=random.choice((0, 0, 14))))
    first_time = random.choice(_TIMES)
    stage.at(seen, "08:30", course.case.register)
    if not days:
        waits = {Section.PLAN: "Training first; toxin talked over. Seen again in three months."}
        stage.at(
            seen, first_time, partial(course.case.note_visit, waits, course.by, course.complaints, course.face.visit())
        )
    for index, day in enumerate(days):
        told = _told(random, (day - days[index - 1]).days // 7) if index else None
        plan = Plan(
            course.sites,
            product=course.product,
            by=course.by,
            complaints=course.complaints,
            answers=course.answers,
            notes={Section.OUTCOME: told.note} if told else {},
            outcome=course.face.visit(told),
        )
        stage.at(day, random.choice(_TIMES), partial(whole, course.case, plan))


def _told(random: Random, weeks_since: int) -> Told:
    better, weeks, day = random.randrange(30, 85, 5), random.randint(9, 15), random.randint(3, 10)
    return Told(better, min(weeks, weeks_since), day, random.choice((NONE,) * 5 + (BRUISE, HEAVY)))


def _weekday(day: date) -> date:
    back = max(0, day.weekday() - _WEEKDAYS + 1)
    return day - timedelta(days=back)
