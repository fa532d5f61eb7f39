"""The therapy page of a visit: the programme, what the patterns suggest, and what was done today."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from clinic.domain.actors import RecordState
from clinic.domain.errors import NotFound
from clinic.domain.exercises import LibraryExercise, exercise_title, library
from clinic.domain.planning import propose
from clinic.domain.plans import Exercise, ItemKind, PlanItem, Programme
from clinic.domain.therapy import WINDOW_TO_DAYS, TherapyChoice, choose, therapist_window
from clinic.domain.training import Feedback
from clinic.models import Visit
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.plan_record import FeedbackRow, TrainingRow
from clinic.queries.planning_facts import planning
from clinic.queries.visit_record import VisitRecord, visit_record
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class GivenExercise:
    """An exercise of the patient as it stands; ``known`` is that of the library, None for one that it has no more."""

    item: PlanItem
    details: Exercise
    title: str
    known: LibraryExercise | None


@dataclass(frozen=True, slots=True)
class Window:
    """The days between which the therapist's visit is offered after a session of toxin."""

    session_on: date
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class TherapyPage:
    """Everything on the therapy page. ``programme`` is the open one; ``seen`` are gradings of other raters that it shows."""

    visit_id: str
    on: date
    state: RecordState
    strip: PatientStrip
    choice: TherapyChoice
    open: tuple[GivenExercise, ...]
    closed: tuple[GivenExercise, ...]
    others: tuple[LibraryExercise, ...]
    programme: PlanItem | None
    training: TrainingRow | None
    window: Window | None
    red_flags: tuple[str, ...]
    seen: tuple[str, ...]

    @property
    def details(self) -> Programme | None:
        """What the open programme says."""
        found = self.programme.entry.details if self.programme else None
        return found if isinstance(found, Programme) else None

    @property
    def is_full(self) -> bool:
        """Whether no further exercise can be opened."""
        return not self.choice.room

    @property
    def version(self) -> int:
        """The edit version of today's therapist's visit; 0 before the first save."""
        return self.training.edit_version if self.training else 0

    @property
    def number(self) -> int:
        """The number of the programme's entry; 0 while there is none."""
        return self.programme.number if self.programme else 0

    @property
    def feedback(self) -> tuple[tuple[str, str], ...]:
        """Today's feedback as (words, note)."""
        return tuple((_feedback(row).words, row.note) for row in self.training.feedback) if self.training else ()

    def given(self, item_id: str) -> GivenExercise:
        """One exercise of this patient by its item. Raises NotFound for any other id."""
        for one in (*self.open, *self.closed):
            if one.item.id == item_id:
                return one
        raise NotFound

    def reason(self, exercise_id: str) -> str:
        """Why an exercise is suggested; nothing when it is not."""
        return next((one.reason for one in self.choice.suggested if one.exercise.id == exercise_id), "")


def therapy_page(uow: UnitOfWork, visit_id: str) -> TherapyPage:
    """The therapy page of a visit, in a fixed number of statements. Raises NotFound."""
    record = visit_record(uow, visit_id)
    known = planning(uow, record.patient.id, visit_id)
    exercises = tuple(_given(one) for one in known.items if one.kind is ItemKind.EXERCISE)
    open_ids = frozenset(one.details.exercise for one in exercises if one.item.is_open)
    choice = choose(known.facts, open_ids)
    red_flags = tuple(one.words for one in propose(known.facts).red_flags)
    if red_flags:
        choice = replace(choice, suggested=())  # They come first, as for every other proposal.
    programmes = (one for one in known.items if one.kind is ItemKind.PROGRAMME and one.is_open)
    listed = open_ids | {one.exercise.id for one in choice.suggested}
    return TherapyPage(
        visit_id=visit_id,
        on=record.visit.on,
        state=record.state,
        strip=strip(uow, record.patient.id),
        choice=choice,
        open=tuple(one for one in exercises if one.item.is_open),
        closed=tuple(one for one in exercises if not one.item.is_open),
        others=tuple(one for one in library().values() if one.id not in listed),
        programme=next(programmes, None),
        training=record.plan.training,
        window=_window(record, record.visit, [one.on for one in known.facts.sessions]),
        red_flags=red_flags,
        seen=known.seen,
    )


def library_exercise(exercise_id: str) -> LibraryExercise:
    """One exercise of the library. Raises NotFound."""
    found = library().get(exercise_id)
    if found is None:
        raise NotFound
    return found


def _given(item: PlanItem) -> GivenExercise:
    details = item.entry.details
    if not isinstance(details, Exercise):
        raise NotFound
    return GivenExercise(item, details, exercise_title(details.exercise), library().get(details.exercise))


def _window(record: VisitRecord, visit: Visit, sessions: list[date]) -> Window | None:
    """The window after the newest session that is not over on the day of the visit; today's own counts once given."""
    days = [visit.on] if any(site.given_at for site in record.sites) else []
    newest = max([*days, *sessions], default=None)
    if newest is None or not 0 <= (visit.on - newest).days <= WINDOW_TO_DAYS:
        return None
    return Window(newest, *therapist_window(newest))


def _feedback(row: FeedbackRow) -> Feedback:
    return Feedback(row.method, row.place, row.brought_down, row.grade_before, row.grade_after, row.note)
