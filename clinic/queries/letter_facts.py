"""What the record knows for letters, in one statement beside the patient's own, from signed visits.

Answers and test blocks may be of a visit that is not signed yet: a letter is often written before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from clinic.domain.adverse_events import Relation
from clinic.domain.anatomy import MUSCLES, Side, muscle_label
from clinic.domain.documents.content import Face
from clinic.domain.documents.faces import face
from clinic.domain.documents.letter_parts import Grids, LastSession, LetterFacts, Lines, Outcome, SessionTold
from clinic.domain.neurolysis import Checklist
from clinic.domain.plan_words import due_on, title
from clinic.domain.planning_letters import Letter, letter_lines
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import Appointment, ItemKind, Occasion, PlanItem, ReferralKind
from clinic.domain.quantities import format_units
from clinic.domain.referrals import NOT_ASKED, Asked
from clinic.domain.referrals import LetterFacts as ReferralFacts
from clinic.domain.referrals import letter as referral_lines
from clinic.domain.reviews import change_words
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text, side_words
from clinic.models import Visit
from clinic.queries.adverse_events import EventRow, event_rows
from clinic.queries.given_sessions import GivenSession, voided_select, without_voided
from clinic.queries.neurolysis import NeurolysisPack, checklist_of, neurolysis_selects, pack_of
from clinic.queries.outcomes import first_versions
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.planning_facts import planning_of
from clinic.queries.referrals import asked_selects, facts_of
from clinic.queries.standing_reviews import StandingReview, standing_reviews
from clinic.queries.together import together
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
_PLAN_LABELS: Mapping[ItemKind, str] = {
    ItemKind.GOAL: "Goals",
    ItemKind.TARGET: "Botulinum toxin",
    ItemKind.PROGRAMME: "Therapy",
    ItemKind.EXERCISE: "Exercises",
    ItemKind.REFERRAL: "Referrals",
    ItemKind.APPOINTMENT: "Dates",
    ItemKind.STEP: "Next step",
}


@dataclass(frozen=True, slots=True)
class Known:
    """The facts for letters, with what placeholders need: the sides of the palsy, and the next review in the plan.

    ``voided`` are the days of sessions that were voided as given: no letter tells what was charted there.
    """

    strip: PatientStrip
    facts: LetterFacts
    sides: tuple[str, ...]
    next_review: date | None
    voided: tuple[date, ...] = ()


def letter_facts(uow: UnitOfWork, patient_id: str, visit_id: str | None = None) -> Known:
    """What the record knows, in four statements; ``visit_id`` adds the test blocks of that draft. Raises NotFound."""
    who = strip(uow, patient_id)
    # The visit of a letter may have been discarded, voided or replaced since it was begun.
    stands = (Visit.state.in_((VisitState.DRAFT, VisitState.SIGNED)), in_force(), not_voided())
    blocks = neurolysis_selects(uow, patient_id, visit_id)["block"].where(*stands)
    selects = neurolysis_selects(uow, patient_id, None) | asked_selects(uow, patient_id) | {"block": blocks}
    rows, voided = without_voided(together(uow, selects | {"voided": voided_select(uow, patient_id)}))
    known = planning_of(uow, rows, None)
    told = facts_of(rows, known, who)
    pack = pack_of(rows, known, who)
    answered = {question: one.answer for question, one in told.asked.items()}
    criteria = checklist_of(uow, rows, replace(known.facts, asked=answered), pack, "")
    reviews = tuple(one for one in standing_reviews(rows) if one.on <= known.facts.on)
    facts = LetterFacts(
        on=known.facts.on,
        course=_course(told, pack),
        criteria=_criteria(criteria, told.asked),
        eye=tuple(one for one in referral_lines(ReferralKind.OPHTHALMOLOGY, told) if one[0] not in _COURSE_LINES),
        grids=Grids(pack.then_on, pack.now_on, tuple((one.words, one.then, one.now) for one in pack.cells)),
        last=_last(known.sessions),
        sessions=tuple(_told(one, reviews) for one in known.sessions),
        doses=tuple((one.words, one.doses, one.best) for one in pack.muscles),
        outcome=_outcome(known.sessions, reviews),
        scores=pack.scores,
        events=_events(rows),
        blocks=_blocks(pack),
        plan=_plan(known.items),
        photos=pack.photos,
    )
    sides = tuple(side_words(side.value) for side in sorted(known.facts.palsy_sides))
    return Known(who, facts, sides, _next_review(known.items, who.today), voided)


_COURSE_LINES = frozenset({"Palsy", "Worst grade on record"})


def _course(told: ReferralFacts, pack: NeurolysisPack) -> Lines:
    days = [day_text(one.on) for one in sorted(told.plan.sessions, key=lambda one: one.on)]
    toxin = f"{len(days)} on record{f', {days[0]} to {days[-1]}' if len(days) > 1 else f', {days[0]}' if days else ''}"
    found = [
        ("Palsy", "\n".join(_capital(line) for line in letter_lines(told.plan, (Letter.PALSY,)))),
        ("Facial training", "\n".join(pack.training) or "not on record"),
        ("Sessions of botulinum toxin", toxin),
        ("Botulinum toxin elsewhere", "\n".join(pack.toxin_elsewhere)),
        ("Operations", "\n".join(pack.operations) or "none on record"),
        ("Why training and toxin were not enough", pack.why),
    ]
    return tuple((label, words) for label, words in found if words)


def _criteria(
    known: Checklist, asked: Mapping[PlanningQuestion, Asked]
) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    """Every criterion with what the record says and the answer as given: no state, no sum, no verdict."""
    found = []
    for one in known.criteria:
        answer = asked.get(one.question) if one.question else None
        said = "from the record" if one.question is None else answer.words if answer else NOT_ASKED
        if one.question is PlanningQuestion.NO_MOVEMENT and answer:
            said = f"no useful movement: {said}"
        # The last criterion's line speaks of its page.
        says = () if one.question is PlanningQuestion.KNOWS_LIMITS else one.says
        found.append((one.title, says, said))
    return tuple(found)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _last(sessions: tuple[GivenSession, ...]) -> LastSession | None:
    """The newest session with the dose of each muscle and side; products apart."""
    if not sessions:
        return None
    one = sessions[-1]
    order = list(MUSCLES)
    treated = sorted(one.treated.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    doses = tuple(
        (f"{muscle_label(muscle)}, {side_words(side.value)} ({_numbers(one, muscle, side)})", words)
        for (muscle, side), words in treated
    )
    totals = tuple((product, format_units(units)) for product, units in one.totals)
    return LastSession(one.on, doses, totals, _face(one))


def _numbers(one: GivenSession, muscle: str, side: Side) -> str:
    """The numbers on the face of the sites of a muscle: ``1–3, 7``."""
    runs: list[list[int]] = []
    for number in sorted({site.number for site in one.sites if (site.muscle, site.side) == (muscle, side)}):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def _face(one: GivenSession) -> Face:
    return face(one.sites, about=f"Session of {day_text(one.on)}", width=32)


def _told(one: GivenSession, reviews: Iterable[StandingReview]) -> SessionTold:
    totals = tuple(f"{format_units(units)} {product}" for product, units in one.totals)
    said = next((review.words for review in reviews if review.row.session_id in one.versions), "")
    return SessionTold(one.on, totals, said, one.transcribed)


def _outcome(sessions: tuple[GivenSession, ...], reviews: tuple[StandingReview, ...]) -> Outcome | None:
    """The newest review of the newest session that has one."""
    for session in reversed(sessions):
        for review in reviews:
            if review.row.session_id in session.versions:
                effects = tuple(
                    (
                        f"{side_words(one.place.side.value)}: {one.place.words}",
                        "worse" if one.worse else change_words(one.effect) if one.effect is not None else "not said",
                    )
                    for one in review.row.effects
                )
                return Outcome(session.on, effects, review.benefit)
    return None


def _events(rows: Rows) -> tuple[str, ...]:
    roots = first_versions(rows["outcome_version"])
    return tuple(_event(one) for one in event_rows(rows, roots) if not one.withdrawn)


def _event(one: EventRow) -> str:
    after = f", after the session of {day_text(one.session_on)}" if one.session_on else ""
    told = f" {one.description}" if one.description else ""
    relation = "unrelated" if one.relation is Relation.UNRELATED else f"relation {one.relation.value}"
    seen = "" if one.reviewed else ", not weighed by a clinician yet"
    return f"{one.words}{after}; {relation}{seen}.{told}"


def _blocks(pack: NeurolysisPack) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    found = []
    for one in pack.blocks:
        said = [f"{label}: {words}" for label, words in one.results]
        if one.row.patient_says:
            said.append(f"The patient says: {one.row.patient_says}")
        found.append((f"{day_text(one.on)}\n{one.place}", one.agent, tuple(said)))
    return tuple(found)


def _plan(items: tuple[PlanItem, ...]) -> Lines:
    found: dict[str, list[str]] = {}
    for one in items:
        if one.is_open:
            words = title(one.entry.details).removeprefix("Next step: ")
            found.setdefault(_PLAN_LABELS[one.kind], []).append(f"{_capital(words)} ({one.entry.state.value})")
    return tuple((label, "\n".join(said)) for label, said in found.items())


def _next_review(items: tuple[PlanItem, ...], today: date) -> date | None:
    days = []
    for one in items:
        details = one.entry.details
        if one.is_open and isinstance(details, Appointment) and details.occasion is Occasion.REVIEW:
            day = due_on(details)
            if day and day >= today:
                days.append(day)
    return min(days, default=None)
