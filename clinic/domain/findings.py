"""What a safety check says: findings, never booleans. The levels are those of the table in docs/checks.md."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

OVERRIDE_REASON_MINIMUM = 10
"""Characters that a typed override reason must have at least."""


class Severity(StrEnum):
    """What a finding stops, and who may go on."""

    NEVER = "never"
    """Nobody goes on until the cause is mended."""
    PRESCRIBER = "prescriber"
    """A prescriber, or an injector whose prescriber is named, goes on with a typed reason."""
    ASK = "ask"
    """The person is asked again: "25 units?" """
    WARN = "warn"
    """Shown beside its place; going on acknowledges it."""


@dataclass(frozen=True, slots=True)
class Override:
    """A reason typed by somebody who may go on past a finding."""

    reason: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement of one check.

    ``subject`` names what it is about: ``session``, ``site:<id>``, ``vial:<id>`` or ``answer:<question>``.
    ``evidence`` holds the numbers and facts compared, as (name, value) pairs of text.
    ``source`` says where the limit comes from, in words for a reader.
    """

    code: str
    severity: Severity
    message: str
    subject: str
    evidence: tuple[tuple[str, str], ...] = ()
    source: str = ""
    override: Override | None = None

    @property
    def key(self) -> str:
        """Identity of this statement: an override given for other numbers does not carry over."""
        identity = json.dumps([self.code, self.subject, self.evidence], ensure_ascii=False)
        return hashlib.sha256(identity.encode()).hexdigest()[:24]

    @property
    def stops(self) -> bool:
        """Whether signing is stopped by it as it stands."""
        if self.severity is Severity.WARN:
            return False
        return self.severity is Severity.NEVER or self.override is None
