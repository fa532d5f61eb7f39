"""A running server looks after itself: when it starts, every hour, when it is asked, and for the banner."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from clinic.audit_chain import CLOCK_TOLERANCE
from clinic.health import room
from clinic.health.report import Check, Report, State, warning
from clinic.services import kept_answers
from clinic.unit_of_work import Unavailable

if TYPE_CHECKING:
    from clinic.config import Settings
    from clinic.unit_of_work import Work

FRESH_SECONDS = 2.0
"""An answer is given again for so long: whoever asks without end costs one look in this time."""
EVERY_SECONDS = 3600.0
"""A warning that stands is a line of the log every hour."""
_SHOWN = ("audit trail", "clock")
"""What of the last look stands in the banner, beside the disk and a clock that moved; the rest is for the log and /ready/all."""
_wall = time.time
_logger = logging.getLogger("clinic")


class Watch:
    """Looks at an installation, and says what was found."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._last: tuple[float, Report] | None = None
        self._due = time.monotonic() + EVERY_SECONDS
        self._offset = _wall() - time.monotonic()

    @property
    def folder(self) -> Path:
        """Where the record lies, or what belongs to it when the database is a server's."""
        file = self._settings.sqlite_file
        return file.parent if file else self._settings.instance

    def report(self, work: Work) -> Report:
        """The state of now, or of a moment ago."""
        from clinic.health import readiness  # What it needs would slow every start down.

        if not self._lock.acquire(blocking=self._last is None) and self._last is not None:
            return self._last[1]  # Somebody looks: while the database is slow, nobody waits behind them.
        try:
            if self._last is None or time.monotonic() - self._last[0] > FRESH_SECONDS:
                found = readiness.look(work, self._settings)
                self._last = (time.monotonic(), found)  # It is of the moment at which it was found.
            return self._last[1]
        finally:
            self._lock.release()

    def is_due(self) -> bool:
        """Whether an hour has passed since the log was told; true once."""
        if time.monotonic() < self._due:
            return False
        self._due = time.monotonic() + EVERY_SECONDS
        return True

    def tell(self, work: Work) -> None:
        """Put a line into the log for each thing that is not well."""
        for check in [*self.report(work).checks, *self._moved()]:
            if check.state is not State.OK:
                entry = {"check": check.name, "state": check.state.value, "said": check.in_words}
                _logger.warning("not well", extra={"clinic": entry})

    def look_after(self, work: Work) -> None:
        """What is done every hour: the log is told, and what is kept for a time only is let go of."""
        try:
            self.tell(work)
        finally:
            self._let_go(work)

    def _let_go(self, work: Work) -> None:
        with suppress(Unavailable):  # In an hour, then.
            while not self._moved() and self._sweep(work) == kept_answers.BATCH:  # By a moved clock, all would be old.
                pass

    def _sweep(self, work: Work) -> int:
        with work.housekeeping() as session:
            return kept_answers.sweep(session, work.clock())

    def look_after_beside(self, work: Work) -> None:
        """The same beside the answer to whoever came when it was due: they neither wait for it nor meet its faults."""
        threading.Thread(target=self.look_after, args=(work,), daemon=True).start()

    def notices(self) -> list[str]:
        """What administrators are told on every page; it asks the disk and the clock, not the database."""
        found = [room.check(self.folder, self._settings.low_disk_mebibytes), *self._moved()]
        found += [check for check in self._last[1].checks if check.name in _SHOWN] if self._last else []
        by_name = {check.name: check for check in found if check.state is not State.OK}
        return [check.in_words for check in by_name.values()]

    def _moved(self) -> list[Check]:
        """Whether the clock was set to another time, either way, since the server started (D-26)."""
        moved = timedelta(seconds=_wall() - time.monotonic() - self._offset)
        if abs(moved) <= CLOCK_TOLERANCE:
            return []
        minutes = round(abs(moved).total_seconds() / 60)
        return [
            warning(
                "clock",
                f"The clock of the server was moved {'on' if moved > timedelta(0) else 'back'} by {minutes:,} minutes"
                " while it ran.",
                "Compare it with another clock, set it right, then start the server again.",
            )
        ]
