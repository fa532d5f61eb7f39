"""The check after the last site: EVENT-001. An adverse event is never assumed not to have happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clinic.domain.findings import Finding
from clinic.domain.injections import SessionFacts
from clinic.domain.safety_table import finding

EVENT: Final = "EVENT-001"
NO_EVENT: Final = "No adverse event during the session"
AN_EVENT: Final = "Adverse event during the session: "


def check_events(facts: SessionFacts) -> Iterator[Finding]:
    """EVENT-001: once every site is given, somebody says whether there was an adverse event; a later site asks again."""
    times = [site.given_at for site in facts.sites if site.given_at is not None]
    if not facts.asks_about_events or not times or len(times) < len(facts.sites):
        return
    evidence = (("sites given", str(len(times))), ("last given", max(times).isoformat()))
    yield finding(EVENT, "Any adverse event during the session?", evidence=evidence)
