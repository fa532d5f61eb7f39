"""What a demo visit holds beside its notes: grids, scores, reviews and adverse events, told in short texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from clinic.demo.stage import Stage, typed
from clinic.domain import assessments
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.injections import Answer
from clinic.domain.review_patterns import linked
from clinic.domain.reviews import Contact, Impression, Wearing
from clinic.queries.given_sessions import GivenSession, given_sessions
from clinic.services import adverse_events, grids, reviews
from clinic.services.adverse_events import EventEntry
from clinic.services.assessments import save_assessment
from clinic.services.reviews import ReviewEntry
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Grading:
    """An instrument as filled in. ``answers`` is a digit an item in its order, or ``item value`` pairs after commas.

    ``by`` is another rater than the one who writes the visit.
    """

    instrument: str
    answers: str
    side: Side | None = None
    note: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    by: str = ""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The review of the last session before the visit.

    ``effects`` is a list such as ``left pucker chin 60; left snarl neck worse``; ``impressions`` one such as
    ``left platysma more``. ``gone`` is the day on which it had worn off; without it, it was still working.
    """

    effects: str
    first: int
    best: int
    gone: int | None = None
    event: Answer = Answer.NO
    impressions: str = ""
    contact: Contact = Contact.VISIT
    note: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """An adverse event after the last session; ``onset`` and ``ended`` are days after it, ``muscle`` names its sites."""

    kind: Kind
    side: Side
    onset: int
    ended: int | None = None
    grade: int = 1
    relation: Relation = Relation.PROBABLE
    muscle: str = ""
    description: str = ""
    action: str = ""
    reported_to: str = ""
    weighed: str = ""
    key: str = "event"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything of this kind in one visit. ``grid`` is a list such as ``left big_smile eye 3/3``."""

    grid: str = ""
    gradings: tuple[Grading, ...] = ()
    review: Reviewed | None = None
    events: tuple[Happened, ...] = ()


NOTHING = Outcome()


def sunnybrook(side: Side, digits: str, by: str = "") -> Grading:
    """Sunnybrook by its digits: ``110 44443 02312`` is at rest, movement, synkinesis."""
    return Grading("sunnybrook", digits, side, by=by)


def spread(instrument: str, total: int) -> Grading:
    """A questionnaire whose answers (1 to 5) add up to a total."""
    count = len(assessments.instrument(instrument).items)
    least, more = divmod(total, count)
    return Grading(instrument, "".join(str(least + (index < more)) for index in range(count)))


def write_outcome(uow: UnitOfWork, patient_id: str, visit_id: str, outcome: Outcome) -> dict[str, str]:
    """Write what the visit's own author found; give the ids of the events by key."""
    if outcome.grid:
        grids.save_cells(uow, visit_id, cells(outcome.grid))
    for grading in outcome.gradings:
        if not grading.by:
            fill_in(uow, visit_id, grading)
    if outcome.review is None and not outcome.events:
        return {}
    uow.session.flush()
    session = given_sessions(uow, patient_id)[0]
    if outcome.review:
        reviews.save_review(uow, visit_id, session.id, review_entry(outcome.review, session))
    return {one.key: _happened(uow, patient_id, visit_id, session, one) for one in outcome.events}


def write_others(stage: Stage, visit_id: str, outcome: Outcome) -> None:
    """Write what other raters found in the same visit, each as themselves."""
    for grading in outcome.gradings:
        if grading.by:
            stage.clock.wait(4)
            with stage.writing(grading.by) as uow:
                fill_in(uow, visit_id, grading)


def fill_in(uow: UnitOfWork, visit_id: str, grading: Grading) -> None:
    """Fill in one instrument."""
    one = assessments.instrument(grading.instrument)
    answers = dict(_answers(grading))
    save_assessment(
        uow,
        visit_id,
        one.key,
        answers,
        version=one.version,
        side=grading.side,
        texts=grading.texts,
        note=typed(grading.note),
    )


def _answers(grading: Grading) -> Iterator[tuple[str, int]]:
    items = assessments.instrument(grading.instrument).items
    digits = grading.answers.replace(" ", "")
    if digits.isdigit():
        yield from ((item.key, int(digit)) for item, digit in zip(items, digits, strict=True))
        return
    for pair in grading.answers.split(","):
        key, value = pair.split()
        yield key, int(value)


def cells(text: str) -> tuple[Cell, ...]:
    """The cells of a grid's short text."""
    found = []
    for part in _parts(text):
        *place, grades = part.split()
        grade, _, bother = grades.partition("/")
        found.append(Cell(_place(*place), int(grade), int(bother) if bother else None))
    return tuple(found)


def review_entry(told: Reviewed, session: GivenSession) -> ReviewEntry:
    """A review as it is entered; each pattern is linked to the treated muscles that can do it."""
    effects = []
    for part in _parts(told.effects):
        *where, effect = part.split()
        place = _place(*where)
        worse = effect == "worse"
        effects.append((place, None if worse else int(effect), worse, linked(place, session.treated)))
    impressions = []
    for part in _parts(told.impressions):
        side, muscle, impression = part.split()
        impressions.append((muscle, Side(side), Impression(impression)))
    return ReviewEntry(
        contact=told.contact,
        first_noticed_day=told.first,
        best_day=told.best,
        wearing=Wearing.WORKING if told.gone is None else Wearing.GONE,
        worn_off_day=told.gone,
        adverse_event=told.event,
        note=typed(told.note),
        effects=tuple(effects),
        impressions=tuple(impressions),
    )


def change_event(uow: UnitOfWork, patient_id: str, event_id: str, number: int, told: Happened) -> int:
    """Add what is known of an event now, and its review where it was weighed; give the newest entry's number."""
    session = given_sessions(uow, patient_id)[0]
    adverse_events.change_event(uow, event_id, _entry(session, told), number)
    return _weighed(uow, event_id, number + 1, told)


def _happened(uow: UnitOfWork, patient_id: str, visit_id: str, session: GivenSession, told: Happened) -> str:
    event_id = adverse_events.record_event(
        uow, patient_id, _entry(session, told), session_id=session.id, visit_id=visit_id
    )
    _weighed(uow, event_id, 1, told)
    return event_id


def _weighed(uow: UnitOfWork, event_id: str, number: int, told: Happened) -> int:
    uow.session.flush()
    if not told.weighed:
        return number
    adverse_events.review_event(uow, event_id, number, told.weighed)
    return number + 1


def _entry(session: GivenSession, told: Happened) -> EventEntry:
    sites = tuple(site.id for site in session.sites if site.muscle == told.muscle and site.side == told.side)
    return EventEntry(
        kind=told.kind,
        grade=told.grade,
        relation=told.relation,
        side=told.side,
        onset_on=session.on + timedelta(days=told.onset),
        ended_on=None if told.ended is None else session.on + timedelta(days=told.ended),
        description=typed(told.description),
        action=typed(told.action),
        reported_to=told.reported_to,
        site_ids=sites,
    )


def _place(side: str, movement: str, group: str) -> Place:
    return Place(Side(side), Movement(movement), Group(group))


def _parts(text: str) -> Iterator[str]:
    return filter(None, (part.strip() for part in text.split(";")))
