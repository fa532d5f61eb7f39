"""Visits on the timeline: sessions with their touch-ups, what reviews said of them, other visits, drafts, voided ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from clinic.domain.face_marks import Mark, MarkStatus
from clinic.domain.quantities import NBSP, format_units
from clinic.domain.reviews import Wearing, weeks
from clinic.domain.timelines import Item, Lane, Page, State
from clinic.domain.training import Method
from clinic.domain.trends_sessions import brand
from clinic.domain.visits import Disposition, VisitState
from clinic.domain.wording import day_text, plural
from clinic.queries.given_sessions import GivenSession, GivenSite, named, sessions_given, without_voided
from clinic.queries.outcomes import first_versions
from clinic.queries.standing_reviews import StandingReview, standing_reviews

Rows = Mapping[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class _Visit:
    """A visit in force or a draft."""

    id: str
    on: date
    state: VisitState
    amends_id: str | None
    author: str
    session: str | None
    touch_up_of: str | None
    voided: Disposition | None

    @property
    def is_draft(self) -> bool:
        """Whether it can still change."""
        return self.state is VisitState.DRAFT


def visit_items(rows: Rows) -> Iterator[Item]:
    """Every visit as it stands, and every review."""
    given = sessions_given(without_voided(rows)[0])
    told = frozenset(visit_id for one in given for visit_id in one.visit_ids)
    visits = [_Visit(*row) for row in rows["visit"]]
    reviews = standing_reviews(rows)
    purposes = _purposes(rows, reviews)
    drafts = frozenset(one.id for one in visits if one.is_draft)
    for session in given:
        yield from _session(session)
    for one in visits:
        if one.id not in told:
            yield _untold(one, purposes.get(one.id, []))
    yield from _reviews(reviews, first_versions(rows["standing_version"]), drafts)
    yield from _training(rows["trained"])


def _session(session: GivenSession) -> Iterator[Item]:
    """A session and its touch-ups; each has the sites that were given on its own day."""
    for visit_id, on in ((session.id, session.on), *session.touch_ups):
        sites = tuple(site for site in session.sites if site.visit_id == visit_id)
        touch_up = visit_id != session.id
        what = f"touch-up of {day_text(session.on)}" if touch_up else "injection session"
        transcribed = ", transcribed from an earlier record" if session.transcribed and not touch_up else ""
        totals = tuple(_totals(sites))
        yield Item(
            key=f"session-{visit_id}",
            lane=Lane.SESSIONS,
            on=on,
            until=on,
            dated=day_text(on),
            words=f"{what}{transcribed}, {' and '.join(f'{units} {named(key)}' for key, units in totals)}",
            more=plural(len(sites), "site"),
            short=" + ".join(f"{units} {brand(key)}" for key, units in totals),
            totals=tuple((brand(key), units.split(NBSP)[0]) for key, units in totals),
            page=Page.VISIT,
            ref=visit_id,
            parent=f"session-{session.id}" if touch_up else "",
            sites=tuple(
                Mark(one.x, one.y, one.number, one.units, one.side, one.muscle, MarkStatus.GIVEN) for one in sites
            ),
        )


def _totals(sites: Iterable[GivenSite]) -> Iterator[tuple[str, str]]:
    """Units in words by product; products are never added."""
    sums: dict[str, Decimal] = {}
    for site in sites:
        sums[site.product] = sums.get(site.product, Decimal(0)) + site.units
    return ((product, format_units(units)) for product, units in sorted(sums.items()))


def _untold(one: _Visit, parts: list[str]) -> Item:
    """A visit that gave nothing: a draft, a voided one, or one without injections."""
    with_session = one.session is not None and (one.is_draft or one.voided is not None)
    return Item(
        key=f"visit-{one.id}",
        lane=Lane.SESSIONS if with_session else Lane.VISITS,
        on=one.on,
        until=one.on,
        dated=day_text(one.on),
        words=_untold_words(one, parts),
        more=one.author,
        short="voided" if one.voided else "draft" if one.is_draft else "",
        page=Page.DRAFT if one.is_draft else Page.VISIT,
        ref=one.id,
        state=State.VOIDED if one.voided else State.DRAFT if one.is_draft else State.STANDS,
    )


def _untold_words(one: _Visit, parts: list[str]) -> str:
    what = "visit" if one.session is None else "touch-up" if one.touch_up_of else "injection session"
    if one.voided is Disposition.GIVEN:
        return f"{what}, voided; its units were given and count to intervals and limits"
    if one.voided:
        return f"{what}, voided" if one.session is None else f"{what}, voided; nothing was given"
    if one.is_draft:
        return f"amendment of this {what}, not signed" if one.amends_id else f"{what}, not signed"
    said = f": {', '.join(parts)}" if parts else ""
    if one.session is not None:
        return f"{what}, nothing was given{said}"
    return f"visit{said}" if said else "visit without injections"


def _purposes(rows: Rows, reviews: Iterable[StandingReview]) -> dict[str, list[str]]:
    """What each visit was for, as far as other lanes say it."""
    said = {
        "review": {one.row.visit_id for one in reviews},
        "scores": {row[0] for name in ("score", "worst") for row in rows[name]},
        "therapy": {row[0] for row in rows["trained"]},
    }
    found: dict[str, list[str]] = {}
    for words, visits in said.items():
        for visit_id in visits:
            found.setdefault(visit_id, []).append(words)
    return found


def _reviews(reviews: Iterable[StandingReview], roots: Mapping[str, str], drafts: frozenset[str]) -> Iterator[Item]:
    """Each review; the newest that says how long it lasted is a bar from the session on."""
    told: set[str] = set()
    for one in reviews:
        root = roots.get(one.row.session_id, one.row.session_id)
        lasts = bool(one.benefit) and root not in told
        if lasts:
            told.add(root)
        yield _review(one, lasts, one.row.visit_id in drafts)


def _review(one: StandingReview, lasts: bool, draft: bool) -> Item:
    row = one.row
    gone = row.wearing is Wearing.GONE and row.worn_off_day is not None
    end = row.session_on + timedelta(days=row.worn_off_day or 0) if gone else one.on
    said = f": {one.words}" if one.words else ", how long it lasted was not asked"
    return Item(
        key=f"review-{row.id}",
        lane=Lane.REVIEWS,
        on=min(row.session_on, end) if lasts else one.on,
        until=end if lasts else one.on,
        dated=day_text(one.on),
        words=f"review of the session of {day_text(row.session_on)}{said}",
        more=row.answered_by,
        short=_benefit(one) if lasts else "",
        page=Page.DRAFT if draft else Page.VISIT,
        ref=row.visit_id,
        state=State.DRAFT if draft else State.STANDS,
        lasting=lasts,
        ongoing=lasts and not gone,
        told=one.on,
    )


def _benefit(one: StandingReview) -> str:
    """``9 weeks``; ``5 weeks or more`` while it was still there."""
    row = one.row
    if row.wearing is Wearing.GONE:
        return plural(weeks(row.worn_off_day), "week") if row.worn_off_day is not None else "worn off"
    return f"{plural(weeks(one.asked_day), 'week')} or more"


def _training(rows: Iterable[tuple[Any, ...]]) -> Iterator[Item]:
    for visit_id, on, state, minutes, methods in rows:
        draft = state is VisitState.DRAFT
        done = ", ".join(Method(key).label.lower() for key in methods.split())
        length = plural(minutes, "minute") if minutes else "length not noted"
        yield Item(
            key=f"training-{visit_id}",
            lane=Lane.THERAPY,
            on=on,
            until=on,
            dated=day_text(on),
            words=f"therapist’s visit, {length}{f': {done}' if done else ''}",
            page=Page.DRAFT if draft else Page.VISIT,
            ref=visit_id,
            state=State.DRAFT if draft else State.STANDS,
        )
