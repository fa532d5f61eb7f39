"""The reviews of a patient that stand, whichever visit they were answered in, and what they say of each session in short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from clinic.domain.anatomy import Side
from clinic.domain.reviews import Impression, benefit_words, outcome_words
from clinic.domain.visits import VisitState
from clinic.models import Review, Visit
from clinic.queries.aliases import second_name
from clinic.queries.outcomes import ReviewRow, first_versions, review_children, review_columns, review_rows
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

_SESSION = second_name(Visit)


@dataclass(frozen=True, slots=True)
class StandingReview:
    """A review with the day of the visit in which it was answered."""

    row: ReviewRow
    on: date

    @property
    def asked_day(self) -> int:
        """The day on which it was answered, counted from the session."""
        return (self.on - self.row.session_on).days

    @property
    def benefit(self) -> str:
        """Weeks of benefit in words; nothing when it was not asked."""
        return benefit_words(self.row.wearing, self.row.worn_off_day, self.asked_day)

    @property
    def words(self) -> str:
        """The review in one line."""
        effects = ((one.place, None if one.worse else one.effect) for one in self.row.effects)
        return outcome_words(effects, self.benefit)


def standing(rows: AnySelect) -> AnySelect:
    """Narrow a select over ``Visit`` to drafts (no amendments) and signed visits in force that were not voided."""
    draft = (Visit.state == VisitState.DRAFT) & Visit.amends_id.is_(None)
    return rows.where(draft | (Visit.state == VisitState.SIGNED), in_force(), not_voided())


def standing_selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    """The selects behind ``standing_reviews``; names begin with "standing_"."""
    r, session = Review, _SESSION
    review = (
        select(*review_columns(session), Visit.on.label("review_on"))
        .join(Visit, (Visit.clinic_id == r.clinic_id) & (Visit.id == r.visit_id))
        .join(session, (session.clinic_id == r.clinic_id) & (session.id == r.session_id))
    )
    of_patient = (Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
    found = {"standing_review": standing(review).where(*of_patient)}
    for name, (child, query) in review_children().items():
        joined = query.join(Visit, (Visit.clinic_id == child.clinic_id) & (Visit.id == child.visit_id))
        found[name.replace("review_", "standing_")] = standing(joined).where(*of_patient)
    found["standing_version"] = select(Visit.id, Visit.amends_id).where(*of_patient)
    return found


def standing_reviews(rows: Mapping[str, list[tuple[Any, ...]]]) -> tuple[StandingReview, ...]:
    """The reviews from the rows of ``standing_selects``, newest first."""
    shaped = {name.replace("standing_", "review_"): found for name, found in rows.items()}
    shaped["review"] = [row[:-1] for row in rows["standing_review"]]
    days = {row[0]: row[-1] for row in rows["standing_review"]}
    found = (StandingReview(row, days[row.id]) for row in review_rows(shaped))
    return tuple(sorted(found, key=lambda one: (one.on, one.row.answered_at, one.row.id), reverse=True))


def outcome_lines(rows: Mapping[str, list[tuple[Any, ...]]]) -> dict[str, str]:
    """What the newest review says of each session of a patient, by visit id, from the rows of ``standing_selects``."""
    roots = first_versions(rows["standing_version"])
    said: dict[str, str] = {}
    for one in standing_reviews(rows):
        if one.words:
            said.setdefault(roots[one.row.session_id], one.words)
    return {visit_id: said[root] for visit_id, root in roots.items() if root in said}


def impressions(reviews: Iterable[StandingReview], versions: frozenset[str]) -> dict[tuple[str, Side], Impression]:
    """The newest impression of each muscle of one session, from reviews in their order."""
    found: dict[tuple[str, Side], Impression] = {}
    for review in reviews:
        if review.row.session_id in versions:
            for one in review.row.impressions:
                found.setdefault((one.muscle, one.side), one.impression)
    return found
