"""The safety checks of an injection session: one pure function from facts to findings.

What each check says, and who may go on past it, is the table in ``docs/checks.md``; ``CHECKS`` is its registry. The
rules stand by subject in ``safety_vials``, ``safety_patients``, ``safety_sites``, ``safety_doses`` and
``safety_intervals``.

A *transcribed* past session documents what was done elsewhere or before: vials, today's questions, the time-out and
consent cannot be demanded of it (VIAL-*, SCREEN-001, TIMEOUT-001, CONSENT-001 do not apply). Doses, intervals, sides,
zones, age and the answers that the old record holds are judged as of its own day, at the table's levels: a surprising
value is as often a slip of the transcriber.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from clinic.domain.findings import OVERRIDE_REASON_MINIMUM, Finding, Override, Severity
from clinic.domain.injections import SessionFacts
from clinic.domain.safety_doses import check_doses
from clinic.domain.safety_events import check_events
from clinic.domain.safety_intervals import check_intervals
from clinic.domain.safety_patients import check_patient
from clinic.domain.safety_sites import check_sites
from clinic.domain.safety_table import CHECKS, months_before
from clinic.domain.safety_vials import check_vials

__all__ = ["CHECKS", "apply_overrides", "check", "months_before"]

_CHECKERS = (check_vials, check_patient, check_sites, check_doses, check_intervals, check_events)
_SEVERITIES = tuple(Severity)
_CODES = tuple(CHECKS)


def check(facts: SessionFacts) -> tuple[Finding, ...]:
    """Judge a session: every finding, the severest first, then in the order of the table, then by site number.

    The same facts give the same findings in the same order; nothing is read but the facts and the shipped data.
    """
    found = [one for checker in _CHECKERS for one in checker(facts)]
    return tuple(sorted(found, key=lambda one: (_SEVERITIES.index(one.severity), _CODES.index(one.code))))


def apply_overrides(findings: tuple[Finding, ...], overrides: Mapping[str, Override]) -> tuple[Finding, ...]:
    """Put each override on the finding whose ``key`` it was given for.

    A *never* finding takes none, a *warn* needs none, and a reason of fewer than 10 characters does not pass a
    *prescriber* finding. Who may override is asked of the actor before the reason is stored, not here.
    """
    return tuple(_with_override(one, overrides.get(one.key)) for one in findings)


def _with_override(one: Finding, override: Override | None) -> Finding:
    if override is None or one.severity not in (Severity.PRESCRIBER, Severity.ASK):
        return one
    if one.severity == Severity.PRESCRIBER and len(override.reason.strip()) < OVERRIDE_REASON_MINIMUM:
        return one
    return replace(one, override=override)
