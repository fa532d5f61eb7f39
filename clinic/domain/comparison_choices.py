"""Which sessions are compared: what was chosen, what is offered, and what is refused in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from clinic.domain.comparison_sites import ComparedSession
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.wording import plural

MOST: Final = 12
"""Columns that a table can still be read with; a convention of this program."""
FIELD: Final = "session"
_PAIR: Final = 2
_TOO_MANY: Final = (
    f"At most {MOST} sessions stand beside each other. Take some out of the choice; all of them play one by one under "
    "“Play the years”."
)
_NOT_HERE: Final = (
    "One visit that was chosen has no session to compare: it was voided or discarded, or no site was charted in it. The "
    "others are still chosen; choose another one beside them."
)


@dataclass(frozen=True, slots=True)
class Sessions:
    """All sessions of a patient that can be compared, oldest first; drafts as charted.

    ``known`` are the ids of all visits of the patient, sessions or not.
    """

    listed: tuple[ComparedSession, ...]
    known: frozenset[str]

    @property
    def given(self) -> tuple[ComparedSession, ...]:
        """Those that were given."""
        return tuple(one for one in self.listed if not one.is_draft)

    @property
    def newest_first(self) -> tuple[ComparedSession, ...]:
        """In the order of a list."""
        return tuple(reversed(self.listed))

    def find(self, visit_id: str) -> ComparedSession | None:
        """The session that a visit belongs to; an older version stands for the one in force, a touch-up for its parent.

        None where the visit has no session that can be compared. Raises NotFound for a visit of nobody or of another
        patient.
        """
        if visit_id not in self.known:
            raise NotFound
        exact = next((one for one in self.listed if one.id == visit_id), None)
        return exact or next((one for one in self.listed if visit_id in one.aliases), None)

    def chosen(self, visit_ids: Iterable[str]) -> tuple[ComparedSession, ...]:
        """The chosen sessions in the order of time; one that was chosen twice stands twice. Raises Invalid, NotFound."""
        ids = list(visit_ids)
        found = [self.find(visit_id) for visit_id in ids]
        if None in found:
            raise Invalid({FIELD: _NOT_HERE})
        sessions = [one for one in found if one is not None]
        if len(sessions) > MOST:
            raise Invalid({FIELD: _TOO_MANY})
        order = {one.id: number for number, one in enumerate(self.listed)}
        return tuple(sorted(sessions, key=lambda one: order[one.id]))

    def with_previous(self, visit_id: str) -> tuple[ComparedSession, ...]:
        """A session and the given one before it; the session alone when there is none. Raises Invalid, NotFound."""
        (session,) = self.chosen([visit_id])
        before = [one for one in self.given if one.id != session.id and _before(one, session, self.listed)]
        return (before[-1], session) if before else (session,)


@dataclass(frozen=True, slots=True)
class Preset:
    """A choice that is offered, in words."""

    label: str
    sessions: tuple[ComparedSession, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its sessions."""
        return tuple(one.id for one in self.sessions)

    @property
    def words(self) -> str:
        """The days that it compares."""
        return f"{self.sessions[0].words} {'and' if len(self.sessions) == _PAIR else 'to'} {self.sessions[-1].words}"


def presets(sessions: Sessions) -> tuple[Preset, ...]:
    """The choices that are offered, each once."""
    given = sessions.given
    # Against its own session a touch-up would look as if all the rest were left out.
    drafts = [one for one in sessions.listed if one.is_draft and not one.is_touch_up]
    found: list[Preset] = []
    if given and drafts:
        found.append(Preset("The draft and the last session", (given[-1], drafts[-1])))
    if len(given) > 1:
        found.append(Preset("The last two", given[-2:]))
        found.append(Preset("The first and the last", (given[0], given[-1])))
    found += [Preset("Before and after the last change of product", pair) for pair in _product_change(given)]
    if 2 < len(given) <= MOST:
        found.append(Preset(f"All {len(given)}", given))
    return tuple({one.ids: one for one in reversed(found)}.values())[::-1]


def count_words(chosen: Sequence[ComparedSession], sessions: Sessions) -> str:
    """Why there is nothing to compare yet; nothing when nothing was chosen and two can be."""
    if not sessions.listed:
        return ""
    if len(sessions.listed) == 1:
        only = sessions.listed[0]
        return f"There is one session so far, {only.words}. A comparison needs two."
    if len(chosen) == 1:
        return f"One session is chosen, {chosen[0].words}. Choose at least one more."
    return f"{plural(len(sessions.listed), 'session')} can be compared." if not chosen else ""


def pair_of(chosen: Sequence[ComparedSession], before: str, after: str) -> tuple[ComparedSession, ComparedSession]:
    """The two of the chosen sessions (at least two, oldest first) that stand on the face, the earlier one first.

    The first and the last unless two are named. Raises NotFound for one that is not among the chosen.
    """
    places = [_place(chosen, visit_id) for visit_id in (before, after) if visit_id]
    first, last = sorted(places) if len(places) > 1 else (0, len(chosen) - 1)
    return chosen[first], chosen[last]


def _place(chosen: Sequence[ComparedSession], visit_id: str) -> int:
    for number, one in enumerate(chosen):
        if one.id == visit_id or visit_id in one.aliases:
            return number
    raise NotFound


def _before(one: ComparedSession, other: ComparedSession, order: Sequence[ComparedSession]) -> bool:
    return order.index(one) < order.index(other)


def _product_change(given: Sequence[ComparedSession]) -> list[tuple[ComparedSession, ComparedSession]]:
    pairs = [(one, other) for one, other in pairwise(given) if one.products != other.products]
    return pairs[-1:]
