"""Checks of the patient's answers, age and consent: SCREEN-001 to SCREEN-004, EYE-001, CONSENT-001, AGE-001.

*Unknown* is an answer, but never a reassuring one: where "yes" would need a prescriber, "unknown" does too. *Not
applicable* answers pregnancy and breastfeeding, and the eye questions of somebody without an eye site; elsewhere it
counts as unanswered. A transcribed past session is judged by the answers that the old record holds, and by no others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from clinic.domain.findings import Finding
from clinic.domain.injections import EYE_QUESTIONS, Answer, Question, SessionFacts
from clinic.domain.safety_table import (
    LACRIMAL_GLAND,
    ORBICULARIS_OCULI,
    by_number,
    finding,
    months_before,
    place_evidence,
    site_subject,
    site_text,
)
from clinic.domain.wording import day_text

ADULT_YEARS = 18
AGE_SOURCE = "Paediatric use is outside this version's rules; the label's limits here are those for adults"

MAY_BE_NOT_APPLICABLE = EYE_QUESTIONS | {Question.PREGNANCY, Question.BREASTFEEDING}

CONTRAINDICATED = (Question.ALLERGY, Question.INFECTION)
CONTRAINDICATED_SOURCE = "Contraindications in the Daxxify and Letybo labels, the same for all US botulinum toxins"

WARNED = (
    Question.PREGNANCY,
    Question.BREASTFEEDING,
    Question.NEUROMUSCULAR,
    Question.SWALLOWING,
    Question.BREATHING,
)
WARNED_SOURCE = "Warnings in the Dysport and Daxxify labels; UK texts contraindicate generalised muscle disorders"

INFORMED = (Question.ANTICOAGULANT, Question.INTERACTING_MEDICINE)
INFORMED_SOURCE = "Warnings and interactions in the Dysport and Daxxify labels"

EYE_MUSCLES = frozenset({ORBICULARIS_OCULI, LACRIMAL_GLAND})
EYE_SAFE_ANSWER: Mapping[Question, Answer] = MappingProxyType(
    {
        Question.LAGOPHTHALMOS: Answer.NO,
        Question.BELLS_PHENOMENON: Answer.YES,
        Question.CORNEAL_SENSATION: Answer.YES,
        Question.SORE_RED_EYE: Answer.NO,
    }
)
"""The reassuring answer of each question; two are asked the other way round, where "no" is the dangerous one."""
EYE_SOURCE = "Botox label on VII nerve disorders: less blinking can expose the cornea (from memory, to be checked)"

CONSENT_SOURCE = "Every botulinum toxin is off-label for synkinesis, and the consent says so"


def check_patient(facts: SessionFacts) -> Iterator[Finding]:
    """Every finding about answers, eye risk, consent and age."""
    yield from _unanswered(facts)
    yield from _answered("SCREEN-002", CONTRAINDICATED, CONTRAINDICATED_SOURCE, facts)
    yield from _answered("SCREEN-003", WARNED, WARNED_SOURCE, facts)
    yield from _answered("SCREEN-004", INFORMED, INFORMED_SOURCE, facts)
    yield from _eye_at_risk(facts)
    yield from _consent(facts)
    yield from _minor(facts)


def _unanswered(facts: SessionFacts) -> Iterator[Finding]:
    """SCREEN-001: every question, eye questions too, whatever is charted; nobody can answer for a transcribed past."""
    if facts.transcribed:
        return
    for question in Question:
        answer = facts.answers.get(question)
        subject, evidence = f"answer:{question.value}", (("question", question.value),)
        if answer is None:
            message = f"Not answered today: {question.label}."
            yield finding("SCREEN-001", message, subject, evidence=evidence)
        elif answer == Answer.NOT_APPLICABLE and question not in MAY_BE_NOT_APPLICABLE:
            message = f"“Not applicable” is no answer to: {question.label}. Answer yes, no or unknown."
            yield finding("SCREEN-001", message, subject, evidence=evidence)


def _answered(code: str, questions: tuple[Question, ...], source: str, facts: SessionFacts) -> Iterator[Finding]:
    """SCREEN-002 to SCREEN-004: one finding for each question answered yes or unknown."""
    for question in questions:
        answer = facts.answers.get(question)
        if answer in (Answer.YES, Answer.UNKNOWN):
            message = f"{question.label}: {'yes' if answer == Answer.YES else 'not known'}."
            evidence = (("answer", answer.value),)
            yield finding(code, message, f"answer:{question.value}", evidence=evidence, source=source)


def _eye_at_risk(facts: SessionFacts) -> Iterator[Finding]:
    """EYE-001: one finding for each site at the eye, with every answer against it."""
    risks = [
        (question, answer)
        for question, safe in EYE_SAFE_ANSWER.items()
        if (answer := facts.answers.get(question)) is not None and answer != safe
    ]
    if not risks:
        return
    said = "; ".join(f"{question.label}: {answer.value}" for question, answer in risks)
    for site in by_number(facts):
        if site.muscle in EYE_MUSCLES:
            message = f"{site_text(site)} is at an eye at risk ({said})."
            evidence = [*place_evidence(site), *((question.value, answer.value) for question, answer in risks)]
            yield finding("EYE-001", message, site_subject(site), evidence=evidence, source=EYE_SOURCE)


def _consent(facts: SessionFacts) -> Iterator[Finding]:
    """CONSENT-001: consent to off-label use is recorded before a session; a transcribed past cannot make up for it."""
    if not facts.consent_recorded and not facts.transcribed:
        yield finding("CONSENT-001", "Consent for off-label use is not recorded.", source=CONSENT_SOURCE)


def _minor(facts: SessionFacts) -> Iterator[Finding]:
    """AGE-001: the 18th birthday itself is adult; born on 29 Feb, that is 1 Mar in other years."""
    if facts.birth_date <= months_before(facts.on, 12 * ADULT_YEARS):
        return
    message = (
        f"Under {ADULT_YEARS} on {day_text(facts.on)} (born {day_text(facts.birth_date)}): "
        "paediatric use is outside this version's rules."
    )
    evidence = (("born", facts.birth_date.isoformat()), ("session on", facts.on.isoformat()))
    yield finding("AGE-001", message, evidence=evidence, source=AGE_SOURCE)
