"""Checks of sites and of the session's order: SIDE-001, SIDE-002, ZONE-001, COPY-001, TEXT-001, TIMEOUT-001."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from clinic.domain.findings import Finding
from clinic.domain.injections import Purpose, SessionFacts, SiteFact, TimeOutFact
from clinic.domain.safety_table import (
    by_number,
    finding,
    moment_text,
    place_evidence,
    site_subject,
    site_text,
    utc_text,
)
from clinic.domain.wording import day_text

SIDE_SOURCE = "This record's own rule: the side of the recorded palsy against the purpose of the site"
STATE_SOURCE = "The patient's recorded operations"
TIME_OUT_SOURCE = "Joint Commission Universal Protocol: the time-out comes immediately before the procedure"
SIDED_PURPOSES = frozenset({Purpose.SYNKINESIS, Purpose.BALANCE})
TEXT_SHOWN = 80
"""Characters of an unread shorthand text that a message repeats."""


def check_sites(facts: SessionFacts) -> Iterator[Finding]:
    """Every finding about side, muscle, place, copying, unread text and the time-out."""
    sites = by_number(facts)
    yield from _no_palsy(facts)
    for check in (_wrong_side, _operated, _danger, _unconfirmed):
        for site in sites:
            yield from check(site, facts)
    yield from _unread_text(facts)
    yield from _before_time_out(facts)
    yield from _changed_after_time_out(facts)


def _no_palsy(facts: SessionFacts) -> Iterator[Finding]:
    """SIDE-001: without a recorded condition no side can be compared; said once for the session."""
    sided = [s for s in by_number(facts) if s.purpose in SIDED_PURPOSES and s.side != Side.MIDLINE]
    if facts.palsy_sides or not sided:
        return
    message = (
        "No facial palsy is recorded for this patient, so side and purpose of the sites cannot be compared. "
        "Record the condition and its side."
    )
    purposes = ", ".join(sorted({f"{site.purpose.value} {site.side.value}" for site in sided}))
    evidence = (("palsy sides", "none recorded"), ("purposes", purposes))
    yield finding("SIDE-001", message, evidence=evidence, source=SIDE_SOURCE)


def _wrong_side(site: SiteFact, facts: SessionFacts) -> Iterator[Finding]:
    """SIDE-001: synkinesis is treated on a side with palsy, balance on one without; the midline is fine for both."""
    if not facts.palsy_sides or site.side == Side.MIDLINE or site.purpose not in SIDED_PURPOSES:
        return
    affected = site.side in facts.palsy_sides
    if affected == (site.purpose == Purpose.SYNKINESIS):
        return
    palsy = " and ".join(sorted(side.value for side in facts.palsy_sides))
    message = (
        f"{site_text(site)} is charted for {site.purpose.label}, "
        f"but the palsy is recorded on the patient's {palsy} side{'s' if len(facts.palsy_sides) > 1 else ''}."
    )
    evidence = [*place_evidence(site), ("purpose", site.purpose.value), ("palsy sides", palsy)]
    yield finding("SIDE-001", message, site_subject(site), evidence=evidence, source=SIDE_SOURCE)


def _operated(site: SiteFact, facts: SessionFacts) -> Iterator[Finding]:
    """SIDE-002: a muscle that an operation took or moved; a midline site touches both sides of its muscle."""
    sides = tuple(Side) if site.side == Side.MIDLINE else (site.side, Side.MIDLINE)
    for side in sides:
        state = facts.muscle_states.get((site.muscle, side))
        if state is not None:
            message = f"{site_text(site)}: this muscle is recorded as {state.value}."
            evidence = [*place_evidence(site), ("recorded side", side.value), ("state", state.value)]
            yield finding("SIDE-002", message, site_subject(site), evidence=evidence, source=STATE_SOURCE)


def _danger(site: SiteFact, _facts: SessionFacts) -> Iterator[Finding]:
    """ZONE-001: one finding for each danger zone over the site that concerns its muscle."""
    for zone in anatomy.danger_zones_at(site.x, site.y, site.muscle):
        message = f"{site_text(site)} lies over a danger zone, {zone.label}: risk of {zone.harm}."
        evidence = [*place_evidence(site), ("zone", zone.key), ("position", f"{site.x}, {site.y}")]
        yield finding("ZONE-001", message, site_subject(site), evidence=evidence, source=zone.source)


def _unconfirmed(site: SiteFact, _facts: SessionFacts) -> Iterator[Finding]:
    """COPY-001: every copied site is confirmed by a deliberate act."""
    if site.confirmed:
        return
    laid = "plan" if site.from_plan else "pattern"
    article = "the" if site.from_plan else "a"
    source = f"the session of {day_text(site.copied_from)}" if site.copied_from else f"{article} {laid}"
    message = f"{site_text(site)} is copied from {source} and not confirmed."
    evidence = (("copied from", site.copied_from.isoformat() if site.copied_from else laid),)
    yield finding("COPY-001", message, site_subject(site), evidence=evidence)


def _unread_text(facts: SessionFacts) -> Iterator[Finding]:
    """TEXT-001: text that was not understood is never dropped; it is mended or deleted by a person."""
    text = facts.text_not_understood.strip()
    if text:
        shown = text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN]}…"
        message = f"The shorthand line holds text that is not charted: “{shown}”. Chart it, mend it or delete it."
        yield finding("TEXT-001", message, evidence=(("text", text),))


def _before_time_out(facts: SessionFacts) -> Iterator[Finding]:
    """TIMEOUT-001: the time-out comes before the first site, or the site is entered late with its reason."""
    if facts.transcribed:
        return
    first = min((time_out.at for time_out in facts.time_outs), default=None)
    for site in by_number(facts):
        if site.given_at is None or _entered_late(site) or (first is not None and first <= site.given_at):
            continue
        when = "no time-out is recorded" if first is None else f"the time-out was at {moment_text(first, facts)}"
        message = f"{site_text(site)} is marked given at {moment_text(site.given_at, facts)}, but {when}."
        evidence = (("given at", utc_text(site.given_at)), ("time-out at", utc_text(first) if first else "none"))
        yield finding("TIMEOUT-001", message, site_subject(site), evidence=evidence, source=TIME_OUT_SOURCE)


def _changed_after_time_out(facts: SessionFacts) -> Iterator[Finding]:
    """TIMEOUT-001: what was given is what the newest time-out confirmed."""
    given = [site for site in facts.sites if site.given_at is not None and not _entered_late(site)]
    if facts.transcribed or not facts.time_outs or not given:
        return
    newest: TimeOutFact = max(facts.time_outs, key=lambda time_out: time_out.at)
    if newest.digest == facts.current_digest:
        return
    message = (
        f"Values were changed after the time-out at {moment_text(newest.at, facts)}. "
        "Do the time-out again, or enter the changed sites late with both times and the reason."
    )
    evidence = (("confirmed", newest.digest), ("now", facts.current_digest))
    yield finding("TIMEOUT-001", message, evidence=evidence, source=TIME_OUT_SOURCE)


def _entered_late(site: SiteFact) -> bool:
    return bool(site.entered_late_reason.strip())
