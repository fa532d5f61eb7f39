"""What is graded and reviewed in the visits of the invented patients; it agrees with their notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from clinic.demo.outcomes import Happened, Outcome, Reviewed, spread, sunnybrook
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer

NONE = "none"
BRUISE = "a bruise for 5 days"
HEAVY = "a heavy eyelid for a week, gone by itself"
_WEIGHED = "Went by itself; the plan stays as it is."
_RESTS = ("110", "100", "111", "010")
_LEAST_SAQ, _MOST_SAQ = 11, 43


@dataclass(frozen=True, slots=True)
class Told:
    """How a session went by the patient: percent better, weeks until worn off, day first noticed, adverse event."""

    better: int
    weeks: int
    day: int
    event: str

    @property
    def note(self) -> str:
        """The note of the visit in which it is told."""
        return (
            f"Less synkinesis: {self.better} %. First noticed on day {self.day}, worn off in week {self.weeks}."
            f" Asked about adverse events: {self.event}."
        )


@dataclass
class Course:
    """How somebody's face goes from visit to visit; ``patterns`` are cells such as ``left big_smile eye``."""

    side: Side
    patterns: tuple[str, ...]
    random: Random
    visits: int = 0
    grades: list[int] = field(default_factory=list)
    moves: list[int] = field(default_factory=list)
    saq: int = 0
    rest: str = ""

    def __post_init__(self) -> None:
        self.grades = [self.random.choice((2, 3, 3)) for _ in self.patterns]
        self.moves = [self.random.choice((3, 4, 4, 5)) for _ in range(5)]
        self.saq = self.random.randint(26, 36)
        self.rest = self.random.choice(_RESTS)

    def visit(self, told: Told | None = None) -> Outcome:
        """The next visit: grid, Sunnybrook and SAQ, and the review of the session before where it was told."""
        if self.visits:
            self._go_on()
        self.visits += 1
        grid = "; ".join(
            f"{one} {grade}/{max(0, grade - self.random.choice((0, 0, 1)))}"
            for one, grade in zip(self.patterns, self.grades, strict=True)
        )
        synkinesis = "".join(str(self.random.randint(0, max(self.grades))) for _ in self.moves)
        moves = "".join(map(str, self.moves))
        scores = (sunnybrook(self.side, self.rest + moves + synkinesis), spread("saq", self.saq))
        return Outcome(grid, scores, self._review(told), self._events(told)) if told else Outcome(grid, scores)

    def _go_on(self) -> None:
        index = self.random.randrange(len(self.moves))
        self.moves[index] = min(5, self.moves[index] + 1)
        index = self.random.randrange(len(self.grades))
        self.grades[index] = max(1, self.grades[index] - 1)
        self.saq = min(_MOST_SAQ, max(_LEAST_SAQ, self.saq - self.random.choice((-1, 0, 1, 2, 3))))

    def _review(self, told: Told) -> Reviewed:
        effects = "; ".join(f"{one} {told.better}" for one in self.patterns)
        event = Answer.NO if told.event == NONE else Answer.YES
        return Reviewed(effects, told.day, max(14, told.day), told.weeks * 7, event)

    def _events(self, told: Told) -> tuple[Happened, ...]:
        if told.event == BRUISE:
            return (Happened(Kind.BRUISE_OR_PAIN, self.side, 0, 5, relation=Relation.DEFINITE, weighed=_WEIGHED),)
        if told.event == HEAVY:
            muscle = "orbicularis_oculi"
            return (Happened(Kind.EYELID_PTOSIS, self.side, 5, 12, muscle=muscle, weighed=_WEIGHED),)
        return ()
