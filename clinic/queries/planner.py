"""The planner of a draft: what follows from its findings, what is asked, what each target could start from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from clinic.domain.anatomy import MUSCLES, Side, muscle_label
from clinic.domain.assessments.grid import Cell, Place
from clinic.domain.dose_starts import DoseStart, dose_starts, next_doses
from clinic.domain.errors import NotFound
from clinic.domain.face_targets import MarkedMuscle
from clinic.domain.injections import EYE_QUESTIONS, Question
from clinic.domain.next_doses import Rule
from clinic.domain.planning_questions import PlanningQuestion, Theme, answered_words
from clinic.domain.planning_rules import Kind, rules
from clinic.domain.plans import ItemKind, Referral, Target
from clinic.domain.proposals import ProposedTarget, Suggestion
from clinic.domain.quantities import NBSP
from clinic.domain.shown_values import digest
from clinic.domain.stepped_care import CareLine
from clinic.domain.wording import side_words
from clinic.models import Clinic, InjectionSession, PlanningAnswer, Visit
from clinic.queries.dose_rules import active_rules_of, dose_rule_select
from clinic.queries.plan_record import PlanningAnswerRow
from clinic.queries.planning_facts import planning_of, planning_selects
from clinic.queries.planning_rules import rules_off_of, rules_off_select
from clinic.queries.plans import ItemView, item_views, rating_select
from clinic.queries.proposals import Proposed, proposed_from
from clinic.queries.stepped_care import care_of, care_selects
from clinic.queries.together import together
from clinic.unit_of_work import UnitOfWork

ASKED = tuple(one for one in PlanningQuestion if one.theme is not Theme.SURGERY or one is PlanningQuestion.NO_MOVEMENT)
"""What the planner asks itself; the criteria for surgery stand on a page of their own."""


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A muscle that planning proposes, as a line of the list. ``standing`` are the targets that the plan holds of it.

    ``silent`` says why the clinic's own dose rules propose nothing, where they do not; ``weaknesses`` are those that came
    after an earlier session and may have come from this muscle.
    """

    number: int
    target: ProposedTarget
    label: str
    patterns: tuple[tuple[str, str], ...]
    starts: tuple[DoseStart, ...]
    silent: tuple[str, ...]
    weaknesses: tuple[str, ...]
    standing: tuple[ItemView, ...]

    @property
    def key(self) -> str:
        """How the face and the page call it: ``mentalis:left``."""
        return f"{self.target.muscle}:{self.target.side}"

    @property
    def anchor(self) -> str:
        """Its name as an id of the page."""
        return f"{self.target.muscle}-{self.target.side}"

    @property
    def can_be_planned(self) -> bool:
        """Whether it, or another part of it, can be put into the plan now: not blocked, and not there already."""
        parts = MUSCLES[self.target.muscle].groups
        return not self.target.blocked and (not self.standing or (bool(parts) and None not in self.parts_planned))

    @property
    def parts_planned(self) -> frozenset[str | None]:
        """The parts that the plan holds of it; None stands for the muscle as a whole."""
        return _planned_parts(self.standing)

    @property
    def reason(self) -> str:
        """The reasons in one text, as a first draft of the entry's."""
        return " ".join(one.words for one in self.target.reasons)


@dataclass(frozen=True, slots=True)
class AskedGroup:
    """Questions that are asked together, and how they stand on one line; ``is_open`` while one has no answer."""

    key: str
    title: str
    questions: tuple[PlanningQuestion, ...]
    words: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class PlannerPage:
    """Everything on the planner. ``more`` are open targets of the plan that planning does not propose today.

    Without ``has_session`` the chart asks nothing yet: eye questions belong to the injections of a visit.
    """

    visit_id: str
    patient_id: str
    on: date
    is_draft: bool
    has_session: bool
    proposed: Proposed
    rules: tuple[Rule, ...]
    lines: tuple[TargetLine, ...]
    items: tuple[ItemView, ...]
    answers: dict[PlanningQuestion, PlanningAnswerRow]
    care: tuple[CareLine, ...]

    @property
    def goals(self) -> tuple[ItemView, ...]:
        """The open goals, in the patient's order."""
        return tuple(one for one in self.items if one.item.kind is ItemKind.GOAL and one.item.is_open)

    @property
    def stops(self) -> tuple[Suggestion, ...]:
        """Why nothing is proposed for toxin, such as pregnancy; they stand above the list."""
        return tuple(one for one in self.proposed.proposal.cautions if rules()[one.rule].kind is Kind.STOP)

    @property
    def cautions(self) -> tuple[Suggestion, ...]:
        """The other cautions."""
        return tuple(one for one in self.proposed.proposal.cautions if one not in self.stops)

    @property
    def urgent(self) -> tuple[ItemView, ...]:
        """Urgent referrals that nobody answered yet: what they asked about is not settled by a new visit."""
        return tuple(one for one in self.items if one.item.is_open and _is_urgent(one))

    @property
    def first_lines(self) -> tuple[TargetLine, ...]:
        """The muscles of the two patterns that come first, and those that the plan holds."""
        return tuple(one for one in self.lines if one.target.first or one.standing)

    @property
    def further_lines(self) -> tuple[TargetLine, ...]:
        """The other muscles, which stand folded below: few muscles first."""
        return tuple(one for one in self.lines if one not in self.first_lines)

    @property
    def more(self) -> tuple[ItemView, ...]:
        """Open targets that stand on no line of the list."""
        listed = {view.id for one in self.lines for view in one.standing}
        targets = (one for one in self.items if one.item.kind is ItemKind.TARGET and one.item.is_open)
        return tuple(one for one in targets if one.id not in listed)

    @property
    def graded_on(self) -> date | None:
        """The day of the grid that everything is read from: it can be an earlier visit's."""
        return self.proposed.planning.facts.graded_on

    @property
    def eye_missing(self) -> tuple[Question, ...]:
        """The eye questions that nobody answered today."""
        answers = self.proposed.planning.facts.answers
        return tuple(one for one in Question if one in EYE_QUESTIONS and one not in answers)

    @property
    def marked(self) -> tuple[MarkedMuscle, ...]:
        """The muscles of the list, for the face."""
        return tuple(
            MarkedMuscle(
                one.target.muscle,
                one.target.side,
                one.number,
                one.target.grade,
                is_first=one.target.first,
                is_guarded=bool(one.target.guard),
                is_blocked=bool(one.target.blocked),
            )
            for one in self.lines
        )

    @property
    def asked(self) -> tuple[AskedGroup, ...]:
        """The questions of planning in their groups, the red flags first."""
        said = {question: row.answer for question, row in self.answers.items()}
        flags = tuple(one for one in ASKED if one.theme is Theme.RED_FLAG)
        also = tuple(one for one in ASKED if one.theme is not Theme.RED_FLAG)
        return tuple(
            AskedGroup(key, title, group, answered_words(group, said), any(one not in said for one in group))
            for key, title, group in (("red-flags", "Red flags", flags), ("also-asked", "Also asked", also))
        )

    @property
    def answers_shown(self) -> str:
        """A digest of the answers as they stand."""
        return digest({one.question.value: f"{one.answer}|{one.detail}" for one in self.answers.values()})

    @property
    def levels(self) -> dict[str, int]:
        """How far each goal was reached in the visit, by its id."""
        return {
            goal.id: rating.level for goal in self.goals for rating in goal.ratings if rating.visit_id == self.visit_id
        }

    @property
    def levels_shown(self) -> str:
        """A digest of this visit's ratings as they stand."""
        return digest({goal: str(level) for goal, level in self.levels.items()})


def planner_page(uow: UnitOfWork, visit_id: str) -> PlannerPage:
    """What is proposed and planned in a visit, in two statements. Raises NotFound."""
    s = InjectionSession
    found = select(s.visit_id).where(s.clinic_id == uow.clinic_id, s.visit_id == visit_id).exists()
    visit = uow.session.execute(select(Visit.patient_id, found).where(Visit.id == visit_id)).one_or_none()
    if visit is None:
        raise NotFound
    patient_id, has_session = visit
    a = PlanningAnswer
    own = {
        "page_rating": rating_select(uow, patient_id),
        "page_rule": dose_rule_select(uow),
        "page_off": rules_off_select(uow),
        "page_step": select(Clinic.dose_step).where(Clinic.id == uow.clinic_id),
        "page_answer": select(a.question, a.answer, a.detail, a.answered_by, a.answered_at).where(
            a.clinic_id == uow.clinic_id, a.visit_id == visit_id
        ),
    }
    selects = planning_selects(uow, patient_id, visit_id) | care_selects(uow, patient_id)
    rows = together(uow, selects | own)
    known = planning_of(uow, rows, visit_id)
    now = proposed_from(known, tuple(rules_off_of(rows["page_off"]).values()))
    items = item_views(rows)
    own_rules = active_rules_of(rows["page_rule"])
    ((dose_step,),) = rows["page_step"]
    return PlannerPage(
        visit_id=visit_id,
        patient_id=patient_id,
        on=known.facts.on,
        is_draft=known.draft,
        has_session=has_session,
        proposed=now,
        rules=own_rules,
        lines=_lines(now, items, own_rules, dose_step),
        items=items,
        answers={row[0]: PlanningAnswerRow(*row) for row in rows["page_answer"]},
        care=care_of(rows, known),
    )


def _lines(
    now: Proposed, items: tuple[ItemView, ...], own_rules: tuple[Rule, ...], dose_step: Decimal
) -> tuple[TargetLine, ...]:
    facts = now.planning.facts
    cells = {cell.place: cell for cell in facts.cells}
    open_targets = [one for one in items if one.item.is_open]
    found = []
    for number, target in enumerate(now.proposal.targets, 1):
        standing = tuple(one for one in open_targets if _is_of(one, target))
        patterns = tuple(_pattern(place, cells.get(place)) for place in target.patterns)
        label = place_label(target.muscle, target.side)
        group = target.site_groups[0] if len(target.site_groups) == 1 else None
        every = () if target.blocked else dose_starts(facts, own_rules, target.muscle, target.side, group, dose_step)
        starts = tuple(one for one in every if not standing or one.site_group not in {None, *_planned_parts(standing)})
        silent = [one for one in next_doses(facts, own_rules, target.muscle, target.side, dose_step) if not one.units]
        words = tuple(line for one in silent for line in one.lines)
        weak = tuple(one.words for one in facts.weaknesses if (target.muscle, target.side) in one.muscles)
        found.append(TargetLine(number, target, label, patterns, starts, words, weak, standing))
    return tuple(found)


def _is_urgent(view: ItemView) -> bool:
    referral = view.item.entry.details
    return isinstance(referral, Referral) and referral.urgent and referral.answered_on is None


def _is_of(view: ItemView, target: ProposedTarget) -> bool:
    one = view.item.entry.details
    return isinstance(one, Target) and (one.muscle, one.side) == (target.muscle, target.side)


def _planned_parts(standing: tuple[ItemView, ...]) -> frozenset[str | None]:
    """The parts of a muscle that targets are for."""
    details = (one.item.entry.details for one in standing)
    return frozenset(one.site_group for one in details if isinstance(one, Target))


def _pattern(place: Place, cell: Cell | None) -> tuple[str, str]:
    """``eye narrows with big smile``, and ``grade 3, minded 2``."""
    if cell is None or cell.grade is None:
        return place.words, ""
    minded = "not asked" if cell.bother is None else str(cell.bother)
    return place.words, f"grade{NBSP}{cell.grade}, minded{NBSP}{minded}"


def place_label(muscle: str, side: Side) -> str:
    """``Mentalis, patient’s left``."""
    return f"{muscle_label(muscle)}, {side_words(side.value) if MUSCLES[muscle].paired else 'midline'}"
