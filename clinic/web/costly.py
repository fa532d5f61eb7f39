"""A bound on what costs much at once, so that charting goes on beside it: prints, tables, exports, reports, cohorts.

Source of the bound: the server answers with eight threads (clinic/start.py). Four of them make something costly and two
more may wait for it, so two are always free for a chart. Whoever finds no turn is told to try again, and loses nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Condition
from typing import Any, Final, TypeVar, cast

from flask import Flask, current_app, g

from clinic.domain.errors import Crowded
from clinic.web.security import current_actor

A_PERSON: Final = 2
"""What one person has made at once (S-93)."""
OVERALL: Final = 4
"""What is made at once for everybody (S-93)."""
WAITING: Final = 2
"""How many wait for a turn; the next is told at once."""
PATIENCE: Final = 1.5
"""Seconds that somebody waits for a turn: most prints are made in less."""
View = TypeVar("View", bound=Callable[..., Any])
_NAME: Final = "clinic_turns"


class Turns:
    """Who has something costly made at this moment."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._changed = Condition()
        self._running: Counter[str] = Counter()
        self.waiting = 0
        self._patience = patience

    @property
    def running(self) -> int:
        """How many turns are taken."""
        return self._running.total()

    @contextmanager
    def one(self, person: str) -> Iterator[None]:
        """Hold a turn for as long as the block runs. Raises Crowded when none is free in time."""
        self._take(person)
        try:
            yield
        finally:
            self._give_back(person)

    def _take(self, person: str) -> None:
        with self._changed:
            if not self._is_free(person) and not self._waited(person):
                raise Crowded
            self._running[person] += 1

    def _waited(self, person: str) -> bool:
        if self.waiting >= WAITING:
            return False
        self.waiting += 1
        try:
            return self._changed.wait_for(lambda: self._is_free(person), self._patience)
        finally:
            self.waiting -= 1

    def _is_free(self, person: str) -> bool:
        return self._running[person] < A_PERSON and self.running < OVERALL

    def _give_back(self, person: str) -> None:
        with self._changed:
            self._running[person] -= 1
            if not self._running[person]:
                del self._running[person]
            self._changed.notify_all()


def register(app: Flask) -> None:
    """Give the application its turns."""
    app.extensions[_NAME] = Turns()


def costly(view: View) -> View:
    """Declare that a view costs much; it stands next to the view, so that permission is asked before a turn is taken."""

    @wraps(view)
    def in_turn(*args: Any, **kwargs: Any) -> Any:
        if "has_turn" in g:
            return view(*args, **kwargs)
        with cast(Turns, current_app.extensions[_NAME]).one(current_actor().user_id):
            g.has_turn = True
            return view(*args, **kwargs)

    in_turn.clinic_costly = True  # type: ignore[attr-defined]
    return cast(View, in_turn)


def is_costly(app: Flask, endpoint: str) -> bool:
    """Whether an endpoint's view declares that it costs much."""
    return getattr(app.view_functions[endpoint], "clinic_costly", False)
