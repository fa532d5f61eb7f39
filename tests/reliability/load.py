"""People who enter patients all the time while something is done to the servers, and what they were told."""

from __future__ import annotations

import http.client
import itertools
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

SAVED = 302
TRY_AGAIN = frozenset({502, 503, 504})
"""What a page answers with its form intact, or a proxy in its place; the page sends the form again."""
PATIENCE = 60
"""So many times a form is sent again, half a second apart."""


class Sender(Protocol):
    """Who can send the form of a patient."""

    def enter_patient(self, number: str, key: str) -> Told:
        """Send it."""


class Told(Protocol):
    """What came back."""

    @property
    def status(self) -> int:
        """The status."""

    @property
    def text(self) -> str:
        """The page."""


@dataclass
class Load:
    """What was acknowledged, what had to be sent again, and every answer that must not be."""

    acknowledged: list[str] = field(default_factory=list)
    again: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    saved_at: list[float] = field(default_factory=list)
    kept_forms: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def work(self, sender: Sender) -> None:
        """Enter one patient after the other until it is over; the last one is brought to its end."""
        name = secrets.token_hex(3)
        for count in itertools.count():
            if self.over.is_set():
                return
            self._one(sender, f"{name}-{count}")

    def _one(self, sender: Sender, number: str) -> None:
        key = secrets.token_hex(8)
        for _ in range(PATIENCE):
            try:
                answer = sender.enter_patient(number, key)
            except (OSError, http.client.HTTPException) as error:
                self.again[type(error).__name__] += 1
                time.sleep(0.5)
                continue
            self.statuses[answer.status] += 1
            if answer.status == SAVED:
                self.acknowledged.append(number)
                self.saved_at.append(time.monotonic())
                return
            if answer.status not in TRY_AGAIN:
                self.wrong.append(f"{answer.status} for {number}: {answer.text[:300]}")
                return
            self.again[str(answer.status)] += 1
            self.kept_forms += answer.status == 503 and number in answer.text and key in answer.text
            time.sleep(0.5)
        self.wrong.append(f"{number} was never taken")

    def longest_pause(self, after: float) -> float:
        """Seconds from a moment to the next that was saved."""
        return min((at - after for at in self.saved_at if at > after), default=float("inf"))


@contextmanager
def under_load(senders: list[Sender]) -> Iterator[Load]:
    """So many people at work meanwhile; at the end each finishes what is under way."""
    load = Load()
    threads = [threading.Thread(target=load.work, args=(one,)) for one in senders]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.over.set()
        for thread in threads:
            thread.join()


def found_wrong(load: Load, count: Callable[[list[str]], dict[str, int]]) -> list[str]:
    """Everything that must not be: wrong answers, and what was acknowledged but is not there exactly once."""
    there = count(load.acknowledged)
    torn = [number for number in load.acknowledged if there.get(number, 0) != 1]
    return [*load.wrong, *(f"{number} is there {there.get(number, 0)} times" for number in torn)]
