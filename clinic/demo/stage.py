"""The stage of the demo: one clock for both clinics, acts in the order of their moments, and who acts in them."""

from __future__ import annotations

import heapq
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from clinic.domain.actors import Actor
from clinic.domain.quantities import NBSP
from clinic.unit_of_work import UnitOfWork, Work

REFERENCE_DAY = date(2026, 11, 22)
"""The day on which the stories are told; every date in them is moved by the days between it and the day of seeding."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_LENGTH = 26
_BUSY = timedelta(minutes=60)
_QUANTITY = re.compile(r"(\d) (units?|mm|mL|%|points|weeks?|days?|months?|minutes)\b|(\d) (%)")
Act = Callable[[], object]


class StoryClock:
    """A clock that the acts move on; it never runs back and never past the moment of seeding."""

    def __init__(self, latest: datetime) -> None:
        self.latest = latest
        self.now = datetime(2000, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The moment in the story, aware UTC."""
        return self.now

    def reach(self, moment: datetime) -> None:
        """Go on to a moment, unless it has passed already."""
        self.now = min(self.latest, max(self.now, moment.astimezone(UTC)))

    def wait(self, minutes: int) -> None:
        """Let minutes pass."""
        self.reach(self.now + timedelta(minutes=minutes))


class Timeline:
    """What happens, played in the order of the moments, so that the audit trail reads like a real one."""

    def __init__(self, clock: StoryClock) -> None:
        self.clock = clock
        self._order = itertools.count()
        self._acts: list[tuple[datetime, int, Act]] = []

    def at(self, moment: datetime, act: Act) -> None:
        """Put an act on the line; an act may put further ones on it."""
        heapq.heappush(self._acts, (moment, next(self._order), act))

    def play(self) -> None:
        """Play all acts."""
        while self._acts:
            moment, _, act = heapq.heappop(self._acts)
            self.clock.reach(moment)
            act()


def ids(seed: str) -> Callable[[], str]:
    """A maker of opaque ids that gives the same ones for the same seed."""
    source = Random(seed)  # noqa: S311 - invented patients, the same every time

    def new_id() -> str:
        return "".join(source.choice(_ALPHABET) for _ in range(_ID_LENGTH))

    return new_id


def typed(text: str) -> str:
    """A note as written here, with the number kept beside its unit."""
    joined = _QUANTITY.sub(lambda found: found[0].replace(" ", NBSP), text)
    return " ".join(joined.split(" "))


@dataclass
class Stage:
    """One demo clinic: its people by a short word (``prescriber``, ``second``, ``injector`` …), its zone and its day."""

    work: Work
    timeline: Timeline
    clinic_id: int
    zone: ZoneInfo
    today: date
    people: dict[str, Actor]
    random: Random
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def clock(self) -> StoryClock:
        """The clock of the story."""
        return self.timeline.clock

    def day(self, told: str) -> date:
        """A day of the story (``2024-03-14``, told as if on the reference day), moved to the day of seeding."""
        return date.fromisoformat(told) + (self.today - REFERENCE_DAY)

    def at(self, on: date, clock_time: str, act: Act) -> None:
        """Let something happen on a day at a local time. What would still be to come today happens just before now."""
        wanted = datetime.combine(on, time.fromisoformat(clock_time), self.zone)
        latest = self.clock.latest
        if wanted + _BUSY > latest:
            midnight = datetime.combine(on, time(0), self.zone)
            wanted = max(midnight, latest - _BUSY)
        self.timeline.at(wanted, act)

    def on(self) -> date:
        """The day in the story, in the clinic's zone."""
        return self.clock.now.astimezone(self.zone).date()

    @contextmanager
    def writing(self, who: str) -> Iterator[UnitOfWork]:
        """Write as one of the people, who has just given the password."""
        with self.work.writing(replace(self.people[who], password_at=self.clock.now)) as uow:
            yield uow

    def reading(self, who: str) -> AbstractContextManager[UnitOfWork]:
        """Read as one of the people."""
        return self.work.reading(self.people[who])
