"""What can go wrong, in the clinic's words. ``clinic.web.errors`` alone turns these into status codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from clinic.domain.wording import plural

if TYPE_CHECKING:
    from clinic.domain.findings import Finding


class DomainError(Exception):
    """A refusal with a message for the person at the screen: what happened, what was kept, what to do next."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """The record does not exist, or it is none of this clinic's business to know that it does."""

    def __init__(self, message: str = "There is no such record.") -> None:
        super().__init__(message)


class NotPermitted(DomainError):
    """The person's role may not do this."""


class Invalid(DomainError):
    """One or more values cannot be taken; ``fields`` maps a form field to its message ("" for the whole form)."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = dict(fields)


class Stale(DomainError):
    """The record was changed by somebody else since it was shown."""

    def __init__(self, message: str, *, shown: int, current: int) -> None:
        super().__init__(message)
        self.shown = shown
        self.current = current


class Frozen(DomainError):
    """The record is signed, voided or discarded and takes no change."""


class WrongStep(DomainError):
    """A step was asked for before the one that must come first."""


class Stopped(DomainError):
    """Safety findings stand in the way; ``findings`` says which."""

    def __init__(self, message: str, findings: tuple[Finding, ...]) -> None:
        super().__init__(message)
        self.findings = findings


class KeyReused(DomainError):
    """An idempotency key came back with another body."""


class FreshPasswordNeeded(DomainError):
    """The password was given too long ago for what is asked."""


class TooManyTries(DomainError):
    """Too many passwords or codes were tried from one place; ``minutes`` until the next is looked at."""

    def __init__(self, minutes: int) -> None:
        wait = plural(minutes, "minute")
        super().__init__(f"Too many passwords or codes were tried from here. Wait {wait}, then try again.")
        self.minutes = minutes


class Busy(DomainError):
    """Too many passwords wait to be looked at; this one was not."""

    def __init__(self) -> None:
        super().__init__(
            "Too many people are signing in at this moment. Nothing was looked at; wait a moment, then try again."
        )


class Damaged(DomainError):
    """What is kept of a signed record is not what was signed: it is not shown as if it were."""

    def __init__(self) -> None:
        super().__init__(
            "What the database holds of this signed record is not what was signed, so it is not shown. Nothing was changed."
            " Do not chart from memory of it: use a print, and tell your administrator to run the verification and to"
            " restore a backup. Other records can be used."
        )


class Crowded(DomainError):
    """Too many costly pages are being made; this one was not begun."""

    def __init__(self) -> None:
        super().__init__(
            "Several prints, exports or reports are being made at this moment. This one was not begun and nothing was"
            " changed. Wait a few seconds, then load this page again."
        )
