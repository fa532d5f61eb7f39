"""What planning asks that no other part of the record holds: red flags, criteria for surgery, and what else is felt.

Red flags: clinical reference 5.4 (AAO-HNS 2013; NICE CKS and NG127; regional guidance). Criteria: 5.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from clinic.domain.injections import Answer


class Theme(StrEnum):
    """Where a question is asked."""

    RED_FLAG = "red flags"
    SURGERY = "criteria for surgery"
    ALSO = "also asked"


class PlanningQuestion(StrEnum):
    """A question answered yes, no or unknown in a visit; without a row it is unanswered."""

    NEW_NEUROLOGY = "new_neurology"
    EYE_SYMPTOMS = "eye_symptoms"
    CORNEA_VISIBLE = "cornea_visible"
    GRADUAL_ONSET = "gradual_onset"
    NO_RECOVERY = "no_recovery"
    FACIAL_PAIN = "facial_pain"
    MASS = "mass"
    CANCER_HISTORY = "cancer_history"
    HEARING_LOSS = "hearing_loss"
    RECURRENT = "recurrent"
    VESICLES = "vesicles"
    INFECTION_SIGNS = "infection_signs"
    NO_MOVEMENT = "no_movement"
    UNSATISFIED = "unsatisfied"
    ZYGOMATIC_ACTIVE = "zygomatic_active"
    BRANCHES_INTACT = "branches_intact"
    WANTS_LASTING_CHANGE = "wants_lasting_change"
    SCORES_STABLE = "scores_stable"
    KNOWS_LIMITS = "knows_limits"
    LOW_MOOD = "low_mood"
    EAR_WITH_MOVEMENT = "ear_with_movement"

    @property
    def label(self) -> str:
        """The question in words."""
        return _QUESTIONS[self][1]

    @property
    def theme(self) -> Theme:
        """Where it is asked."""
        return _QUESTIONS[self][0]


_QUESTIONS: Final[Mapping[PlanningQuestion, tuple[Theme, str]]] = {
    PlanningQuestion.NEW_NEUROLOGY: (
        Theme.RED_FLAG,
        "New or worsening weakness, numbness or signs of another nerve",
    ),
    PlanningQuestion.EYE_SYMPTOMS: (Theme.RED_FLAG, "Painful or red eye, or a change of sight"),
    PlanningQuestion.CORNEA_VISIBLE: (Theme.RED_FLAG, "Cornea visible when the eye is closed as far as it goes"),
    PlanningQuestion.GRADUAL_ONSET: (
        Theme.RED_FLAG,
        "Palsy that came gradually or still progresses, and nobody has found out why",
    ),
    PlanningQuestion.NO_RECOVERY: (Theme.RED_FLAG, "No recovery at all so far"),
    PlanningQuestion.FACIAL_PAIN: (Theme.RED_FLAG, "Pain in the area of the facial nerve that nobody has explained"),
    PlanningQuestion.MASS: (Theme.RED_FLAG, "Lump in front of the ear or in the neck that nobody has looked into"),
    PlanningQuestion.CANCER_HISTORY: (
        Theme.RED_FLAG,
        "Cancer of the head or neck, now or earlier, and nobody has looked whether it is behind this",
    ),
    PlanningQuestion.HEARING_LOSS: (
        Theme.RED_FLAG,
        "Loss of hearing that came with or after the palsy and that nobody has explained",
    ),
    PlanningQuestion.RECURRENT: (Theme.RED_FLAG, "A palsy that came back, and nobody has looked for the cause"),
    PlanningQuestion.VESICLES: (Theme.RED_FLAG, "Blisters of the ear or mouth now"),
    PlanningQuestion.INFECTION_SIGNS: (Theme.RED_FLAG, "Infection of the ear or of the whole body now"),
    PlanningQuestion.NO_MOVEMENT: (Theme.SURGERY, "No useful movement on the side of the palsy (flaccid face)"),
    PlanningQuestion.UNSATISFIED: (Theme.SURGERY, "Not satisfied with what training and toxin reach"),
    PlanningQuestion.ZYGOMATIC_ACTIVE: (Theme.SURGERY, "Zygomaticus major and minor contract"),
    PlanningQuestion.BRANCHES_INTACT: (Theme.SURGERY, "Distal branches of the nerve judged intact"),
    PlanningQuestion.WANTS_LASTING_CHANGE: (Theme.SURGERY, "Wants a lasting change and accepts its risks"),
    PlanningQuestion.SCORES_STABLE: (Theme.SURGERY, "Scores and synkinesis judged stable over time"),
    PlanningQuestion.KNOWS_LIMITS: (Theme.SURGERY, "Knows what the operation does not mend"),
    PlanningQuestion.LOW_MOOD: (Theme.ALSO, "Low mood, anxiety or keeping away from people because of the face"),
    PlanningQuestion.EAR_WITH_MOVEMENT: (Theme.ALSO, "Clicking, fluttering or muffled hearing with facial movement"),
}


def answered_words(asked: Iterable[PlanningQuestion], answers: Mapping[PlanningQuestion, Answer]) -> str:
    """Say on one line how questions stand: what is yes or unknown by name, the rest by number.

    ``Yes: a palsy that came back. No: 10. Not asked: 1.``
    """
    questions = tuple(asked)
    parts = []
    for answer in (Answer.YES, Answer.UNKNOWN):
        named = [one.label[:1].lower() + one.label[1:] for one in questions if answers.get(one) is answer]
        if named:
            parts.append(f"{answer.value.capitalize()}: {'; '.join(named)}.")
    denied = sum(answers.get(one) is Answer.NO for one in questions)
    if denied == len(questions):
        return f"All {denied} answered no."
    still_open = sum(one not in answers for one in questions)
    counted = (("No", denied), ("Not asked", still_open))
    return " ".join([*parts, *(f"{words}: {number}." for words, number in counted if number)])
