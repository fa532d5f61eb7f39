"""Adverse events: EVENT-001, asked after the last site, and EVENT-002, one of the patient's that nobody has reviewed.

An adverse event is never assumed not to have happened, and never left lying when the next session is planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clinic.domain.findings import Finding
from clinic.domain.injections import SessionFacts
from clinic.domain.safety_table import finding

EVENT: Final = "EVENT-001"
NOT_REVIEWED: Final = "EVENT-002"
NO_EVENT: Final = "No adverse event during the session"
AN_EVENT: Final = "Adverse event during the session: "


def check_events(facts: SessionFacts) -> Iterator[Finding]:
    """Judge a session of today; an amendment or a transcription corrects the record and plans nothing."""
    if facts.asks_about_events:
        yield from _answered(facts)
        yield from _reviewed(facts)


def _answered(facts: SessionFacts) -> Iterator[Finding]:
    """EVENT-001: once every site is given, somebody says whether there was an adverse event; a later site asks again."""
    times = [site.given_at for site in facts.sites if site.given_at is not None]
    if not times or len(times) < len(facts.sites):
        return
    evidence = (("sites given", str(len(times))), ("last given", max(times).isoformat()))
    yield finding(EVENT, "Any adverse event during the session?", evidence=evidence)


def _reviewed(facts: SessionFacts) -> Iterator[Finding]:
    """EVENT-002: one finding for each event; a newer entry of it asks again, also where a reason was given before."""
    for event in facts.open_events:
        yield finding(
            NOT_REVIEWED,
            f"Adverse event not reviewed: {event.words}. A prescriber or an injector reviews it on the patient’s page,"
            " under Adverse events.",
            evidence=(("event", event.id), ("entry", str(event.number))),
        )
