"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a thing stands."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, in words; ``stops`` where no request can be served before it is put right."""

    name: str
    state: State
    said: str
    remedy: str = ""
    stops: bool = False

    @property
    def in_words(self) -> str:
        """What is so, and what to do."""
        return f"{self.said} {self.remedy}".strip()


@dataclass(frozen=True, slots=True)
class Report:
    """All that was looked at."""

    checks: tuple[Check, ...]

    @property
    def serves(self) -> bool:
        """Whether requests can be taken."""
        return not any(check.stops for check in self.checks)

    @property
    def is_well(self) -> bool:
        """Whether nobody needs to look."""
        return all(check.state is State.OK for check in self.checks)


def ok(name: str, said: str) -> Check:
    """A thing that is as it should be."""
    return Check(name, State.OK, said)


def warning(name: str, said: str, remedy: str) -> Check:
    """A thing to be put right soon."""
    return Check(name, State.WARNING, said, remedy)


def wrong(name: str, said: str, remedy: str, *, stops: bool = False) -> Check:
    """A thing that is not as it must be."""
    return Check(name, State.WRONG, said, remedy, stops)
