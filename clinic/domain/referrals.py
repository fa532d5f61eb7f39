"""Referrals: what each letter has to say, the question that it starts from, and when an answer is waited for.

The facts are those of the clinical reference 5.2 to 5.4. The days to wait are a preset of this program, no clinical limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer, Question
from clinic.domain.plan_entries import NOTE_MINIMUM, TEXT_MAXIMUM
from clinic.domain.plan_words import place_words
from clinic.domain.planning_facts import PlanningFacts
from clinic.domain.planning_questions import PlanningQuestion, Theme
from clinic.domain.plans import Referral, ReferralKind, Target
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.wording import day_text, plural

URGENT_DAYS: Final = 14
"""Days to wait for an answer to an urgent referral: preset of this program, changed in the form."""

ANSWER_DAYS: Final = 42
"""Days to wait for any other answer: preset of this program, changed in the form."""

RECIPIENT_MAXIMUM: Final = 200
REASON_MINIMUM: Final = NOTE_MINIMUM
NOT_ASKED: Final = "not asked"

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer with the day of the visit in which it was given; ``tenths_mm`` where a gap was measured."""

    answer: Answer
    on: date
    detail: str = ""
    tenths_mm: int | None = None

    @property
    def words(self) -> str:
        """``yes, 2.5 mm (22 Nov 2026): on gentle closure``."""
        gap = f", {_tenths(self.tenths_mm)}{NBSP}mm" if self.tenths_mm is not None else ""
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.answer.value}{gap} ({day_text(self.on)}){detail}"


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What letters are made of. ``conditions`` and ``movements`` are in words; ``eye`` and ``asked`` hold the newest answers.

    ``planned_near_eye`` are open targets of the plan whose toxin can change how the eye closes.
    """

    plan: PlanningFacts
    conditions: tuple[str, ...] = ()
    eye: Mapping[Question, Asked] = field(default_factory=dict)
    asked: Mapping[PlanningQuestion, Asked] = field(default_factory=dict)
    planned_near_eye: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()


NEAR_EYE: Final = frozenset({"orbicularis_oculi", "lacrimal_gland", "frontalis"})
"""Muscles whose toxin can change how the eye closes or waters (clinical reference 1.3, 2.5)."""

_QUESTIONS: Final[Mapping[ReferralKind, str]] = {
    ReferralKind.NEUROLYSIS: (
        "Please see this patient and say whether selective neurolysis or a myectomy could help,"
        " what it would and would not change, and when."
    ),
    ReferralKind.OPHTHALMOLOGY: (
        "Please examine the eye on the side of the palsy: is the cornea safe, does it need protection, and is botulinum"
        " toxin near the eye acceptable?"
    ),
    ReferralKind.ENT_IMAGING: (
        "Please look for a cause other than the one on record, with imaging of the whole course of the facial nerve where"
        " you find it right."
    ),
    ReferralKind.FACIAL_NERVE: "Please see this patient: what is found does not fit an expected recovery.",
    ReferralKind.THERAPY: "Please assess for facial neuromuscular retraining and say what you would start with.",
    ReferralKind.PSYCHOLOGY: "Please offer support: the face weighs on mood or on being with people.",
    ReferralKind.REANIMATION: "Please say whether facial reanimation could help, and which way and time you would consider.",
    ReferralKind.OTHER: "",
}

_EYE_ASKED: Final = (
    Question.LAGOPHTHALMOS,
    Question.BELLS_PHENOMENON,
    Question.CORNEAL_SENSATION,
    Question.SORE_RED_EYE,
    Question.DRY_EYE,
    Question.LID_SURGERY,
)
_EYE_FLAGS: Final = (PlanningQuestion.EYE_SYMPTOMS, PlanningQuestion.CORNEA_VISIBLE)


def wait_until(sent_on: date, urgent: bool) -> date:
    """The day by which an answer is expected, unless the form says another."""
    return sent_on + timedelta(days=URGENT_DAYS if urgent else ANSWER_DAYS)


def letter(kind: ReferralKind, facts: LetterFacts) -> Lines:
    """What the letter of a kind must say, as (label, words)."""
    course = _course(facts)
    match kind:
        case ReferralKind.OPHTHALMOLOGY:
            return (*course, *_eye(facts), ("Toxin planned near the eye", _listed(facts.planned_near_eye, "none")))
        case ReferralKind.ENT_IMAGING:
            return (*course, *_red_flags(facts), ("First movement, grades", _grades(facts)))
        case ReferralKind.FACIAL_NERVE:
            return (*course, *_red_flags(facts), ("Grades", _grades(facts)), ("Treated so far", _treated(facts)))
        case ReferralKind.THERAPY:
            return (*course, ("Patterns", _patterns(facts)), ("Treated so far", _treated(facts)))
        case ReferralKind.PSYCHOLOGY:
            asked = facts.asked.get(PlanningQuestion.LOW_MOOD)
            return (*course, (PlanningQuestion.LOW_MOOD.label, asked.words if asked else NOT_ASKED))
        case ReferralKind.REANIMATION:
            return (*course, ("Grades", _grades(facts)), ("Treated so far", _treated(facts)), *_eye(facts)[:3])
        case ReferralKind.NEUROLYSIS:
            return (*course, ("Patterns", _patterns(facts)), ("Treated so far", _treated(facts)))
        case ReferralKind.OTHER:
            return course


def opening(kind: ReferralKind) -> str:
    """What a letter of a kind asks, before its facts."""
    return _QUESTIONS[kind]


def question_text(kind: ReferralKind, facts: LetterFacts) -> str:
    """The question that a letter starts from, with its facts below; whole lines only, within what a letter can hold."""
    text = _QUESTIONS[kind]
    for label, words in letter(kind, facts):
        longer = f"{text}\n{label}: {words}".strip()
        if len(longer) > TEXT_MAXIMUM:
            break
        text = longer
    return text


def near_eye(targets: Iterable[Target]) -> tuple[str, ...]:
    """Planned targets near the eye, in words."""
    return tuple(place_words(one) for one in targets if one.muscle in NEAR_EYE)


def problems(referral: Referral, today: date) -> dict[str, str]:
    """What cannot be taken beyond what any entry of the plan is checked for, by field."""
    found = {}
    if len(referral.recipient) > RECIPIENT_MAXIMUM:
        found["recipient"] = f"At most {RECIPIENT_MAXIMUM} characters."
    if referral.sent_on and referral.sent_on > today:
        found["sent_on"] = f"This day is still to come: today is {day_text(today)}."
    if referral.answered_on and referral.answered_on > today:
        found["answered_on"] = f"This day is still to come: today is {day_text(today)}."
    if referral.sent_on and referral.answer_by and referral.answer_by < referral.sent_on:
        found["answer_by"] = "An answer cannot be expected before the referral is sent."
    return found


def waiting_words(referral: Referral, today: date) -> str:
    """Where a referral stands: ``not sent yet``, ``answer expected by 3 Jan 2027``, ``answered on …``."""
    if referral.answered_on:
        return f"answered on {day_text(referral.answered_on)}"
    if referral.sent_on is None:
        return "not sent yet"
    if referral.answer_by is None:
        return f"sent on {day_text(referral.sent_on)}, no day set for an answer"
    if referral.answer_by < today:
        late = plural((today - referral.answer_by).days, "day")
        return f"no answer {late.replace(' ', NBSP)} after {day_text(referral.answer_by)}"
    return f"answer expected by {day_text(referral.answer_by)}"


def is_late(referral: Referral, today: date) -> bool:
    """Whether an answer was expected before today and none came."""
    return bool(referral.sent_on and not referral.answered_on and referral.answer_by and referral.answer_by < today)


def _course(facts: LetterFacts) -> Lines:
    worst = [
        f"House–Brackmann {one.worst_house_brackmann} of 6, patient’s {one.side}"
        for one in facts.plan.palsies
        if one.worst_house_brackmann
    ]
    return (
        ("Palsy", _listed(facts.conditions, "none on record")),
        ("Worst grade on record", _listed(worst, "not known")),
    )


def _eye(facts: LetterFacts) -> Lines:
    said = [(one.label, facts.eye[one].words if one in facts.eye else NOT_ASKED) for one in _EYE_ASKED]
    said += [(one.label, facts.asked[one].words if one in facts.asked else NOT_ASKED) for one in _EYE_FLAGS]
    return tuple(said)


def _red_flags(facts: LetterFacts) -> Lines:
    flags = [one for one in PlanningQuestion if one.theme is Theme.RED_FLAG]
    yes = [
        f"{one.label}{_told(facts.asked[one])}"
        for one in flags
        if one in facts.asked and facts.asked[one].answer is Answer.YES
    ]
    still_open = [one.label for one in flags if one not in facts.asked or facts.asked[one].answer is Answer.UNKNOWN]
    return (
        ("Red flags answered yes", _listed(yes, "none")),
        ("Red flags not asked or unknown", _listed(still_open, "none")),
    )


def _told(asked: Asked) -> str:
    return f" ({day_text(asked.on)}{f': {asked.detail}' if asked.detail else ''})"


def _grades(facts: LetterFacts) -> str:
    plan = facts.plan
    said = [f"House–Brackmann {grade} of 6, patient’s {side}" for side, grade in sorted(plan.house_brackmann.items())]
    for side in (Side.RIGHT, Side.LEFT):
        moves = [f"{name} {grade}" for (graded, name), grade in plan.movements.items() if graded is side]
        if moves:
            said.append(f"Sunnybrook movements (1 none to 5 complete), patient’s {side}: {', '.join(moves)}")
    return _listed(said, "not graded")


def _patterns(facts: LetterFacts) -> str:
    seen = sorted((one for one in facts.plan.cells if one.grade), key=lambda one: (-(one.grade or 0), one.place))
    said = [f"{one.place.side} {one.place.words}{NBSP}{one.text}" for one in seen]
    graded = f" ({day_text(facts.plan.graded_on)})" if facts.plan.graded_on and said else ""
    return f"{_listed(said, 'no grid with a grade above 0')}{graded}"


def _treated(facts: LetterFacts) -> str:
    sessions = sorted(one.on for one in facts.plan.sessions)
    toxin = f"botulinum toxin {plural(len(sessions), 'session')}"
    if sessions:
        toxin += f", the last on {day_text(sessions[-1])}"
    training = _listed(facts.trained, "not on record")
    return f"{toxin}; facial training {training}"


def _listed(words: Iterable[str], none: str) -> str:
    return "; ".join(words) or none


def _tenths(value: int) -> str:
    whole, tenth = divmod(value, 10)
    return f"{format_number(whole)}.{tenth}" if tenth else format_number(whole)
