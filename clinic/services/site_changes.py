"""Undo and redo of a draft's sites: each change is kept with its inverse, on the server, until the visit is signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select

from clinic.domain.actors import Permission
from clinic.domain.anatomy import Side
from clinic.domain.errors import Frozen, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.injections import Depth, Purpose
from clinic.models import InjectionSite, SiteChange, Syringe, Visit
from clinic.services.drafts import held, session_of
from clinic.unit_of_work import UnitOfWork

Values = dict[str, Any]
Snapshot = dict[str, Values]

_READERS: Mapping[str, Callable[[Any], Any]] = {
    "number": int,
    "muscle": str,
    "sub_site": str,
    "side": Side,
    "x": int,
    "y": int,
    "units": Decimal,
    "dose_product": str,
    "purpose": Purpose,
    "depth": Depth,
    "syringe_id": str,
    "note": str,
    "copied_from": date.fromisoformat,
    "from_previous_site": str,
    "pattern_name": str,
    "from_planned_target": str,
    "confirmed": bool,
}
"""What a change of a site can change, and how each value is read back."""

_GIVEN_READERS: Mapping[str, Callable[[Any], Any]] = {
    "given_at": datetime.fromisoformat,
    "given_by": str,
    "given_recorded_at": datetime.fromisoformat,
    "entered_late_reason": str,
}
"""What an amendment's sites bring along. In any other draft a given mark is never undone this way."""


class Sites:
    """The sites of a draft while one change is made; ``text`` says afterwards what was done."""

    def __init__(self, rows: list[InjectionSite]) -> None:
        self.rows = rows
        self.text = ""

    def get(self, site_id: str) -> InjectionSite | None:
        """The site of this draft with an id."""
        return next((site for site in self.rows if site.id == site_id), None)


@contextmanager
def recorded(uow: UnitOfWork, visit: Visit) -> Iterator[Sites]:
    """Keep what a change does to a draft's sites, so that it can be undone; the caller holds the visit.

    New sites are added to ``Sites.rows`` as well as to the session; removed ones are taken out of it.
    """
    sites = Sites(_rows(uow, visit.id))
    readers = _readers(visit)
    values = attrgetter(*readers)
    before = {site.id: values(site) for site in sites.rows}
    with uow.session.no_autoflush:  # A new site is written once, complete.
        yield sites
    after = {site.id: values(site) for site in sites.rows}
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    if not changed:
        return
    uow.session.add(
        SiteChange(
            clinic_id=uow.clinic_id,
            id=uow.new_id(),
            visit_id=visit.id,
            number=visit.edit_version,
            text=sites.text[:300],
            before=json.dumps({key: _named(readers, before.get(key)) for key in changed}),
            after=json.dumps({key: _named(readers, after.get(key)) for key in changed}),
            by=uow.actor.name,
            at=uow.now,
        )
    )


def undo(uow: UnitOfWork, visit_id: str, edit_version: int) -> None:
    """Take the last change of a draft's sites back. Raises WrongStep when there is none."""
    visit = _held(uow, visit_id, edit_version)
    last = select(SiteChange).where(SiteChange.visit_id == visit_id, SiteChange.undone_at.is_(None))
    change = uow.session.scalar(last.order_by(SiteChange.number.desc()).limit(1))
    if change is None:
        raise WrongStep("There is no change of the sites left to undo.")
    old, new = _put(uow, visit, json.loads(change.after), json.loads(change.before))
    change.undone_at = visit.edit_version
    told = {"undone": change.text} | new
    uow.record(Event(Action.SITES_UNDONE, f"visit:{visit_id}", visit.patient_id, old=old, new=told))


def redo(uow: UnitOfWork, visit_id: str, edit_version: int) -> None:
    """Make the change again that was undone last. Raises WrongStep when there is none, or a newer change took its place."""
    visit = _held(uow, visit_id, edit_version)
    undone = select(SiteChange).where(SiteChange.visit_id == visit_id, SiteChange.undone_at.is_not(None))
    change = uow.session.scalar(undone.order_by(SiteChange.undone_at.desc()).limit(1))
    newest = uow.session.scalar(select(func.max(SiteChange.number)).where(SiteChange.visit_id == visit_id))
    if change is None or change.undone_at is None or change.undone_at < (newest or 0):
        raise WrongStep("There is no undone change of the sites to make again.")
    old, new = _put(uow, visit, json.loads(change.before), json.loads(change.after))
    change.undone_at = None
    told = {"redone": change.text} | new
    uow.record(Event(Action.SITES_REDONE, f"visit:{visit_id}", visit.patient_id, old=old, new=told))


def forget(uow: UnitOfWork, visit_id: str) -> None:
    """Drop the list of a visit: what is signed is not undone."""
    uow.session.execute(delete(SiteChange).where(SiteChange.visit_id == visit_id))


def _held(uow: UnitOfWork, visit_id: str, edit_version: int) -> Visit:
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    session_of(uow, visit)
    return visit


def _rows(uow: UnitOfWork, visit_id: str) -> list[InjectionSite]:
    waiting = any(isinstance(row, InjectionSite) for row in (*uow.session.new, *uow.session.deleted))
    # Else only the held visit waits to be written, and it goes with the change in one turn.
    with nullcontext() if waiting else uow.session.no_autoflush:
        return list(uow.session.scalars(_of_visit(), {"visit_id": visit_id}))


@cache
def _of_visit() -> Select[InjectionSite]:
    return select(InjectionSite).where(InjectionSite.visit_id == bindparam("visit_id")).order_by(InjectionSite.number)


def _readers(visit: Visit) -> Mapping[str, Callable[[Any], Any]]:
    return {**_READERS, **_GIVEN_READERS} if visit.amends_id is not None else _READERS


def _named(names: Iterable[str], values: tuple[Any, ...] | None) -> Values | None:
    return None if values is None else {name: _plain(value) for name, value in zip(names, values, strict=True)}


def _snapshot(rows: list[InjectionSite], names: Iterable[str]) -> Snapshot:
    return {site.id: {name: _plain(getattr(site, name)) for name in names} for site in rows}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _put(
    uow: UnitOfWork, visit: Visit, stands: Mapping[str, Values | None], wanted: Mapping[str, Values | None]
) -> tuple[Values, Values]:
    rows = {site.id: site for site in _rows(uow, visit.id)}
    readers = _readers(visit)
    was = _snapshot(list(rows.values()), readers)
    syringes = set(uow.session.scalars(select(Syringe.id).where(Syringe.visit_id == visit.id)))
    numbers_stay = any(site.given_at is not None for site in rows.values())
    for site_id, values in wanted.items():
        site = rows.get(site_id)
        if site is not None and site.given_at is not None and visit.amends_id is None:
            if _differs_in_number_only(stands.get(site_id), values):
                continue
            raise Frozen(_given_meanwhile(site))
        if values is None:
            if site is not None and site.given_at is not None and not (stands.get(site_id) or {}).get("given_at"):
                raise Frozen(_given_meanwhile(site))
            if site is not None:
                uow.session.delete(site)
                del rows[site_id]
        elif site is None:
            rows[site_id] = _restored(uow, visit, site_id, _read(values, readers, syringes))
        else:
            # Only what the change itself changed: a mark, or a syringe taken out since then, is not brought back.
            earlier = stands.get(site_id) or {}
            for name, value in _read(values, readers, syringes).items():
                if earlier.get(name) != values.get(name) and not (numbers_stay and name == "number"):
                    setattr(site, name, value)
    _number_again(list(rows.values()))
    return _told(was, _snapshot(list(rows.values()), readers))


def _given_meanwhile(site: InjectionSite) -> str:
    return f"Site {site.number} is marked given meanwhile. Take that mark back first; nothing was undone."


def _told(was: Snapshot, now: Snapshot) -> tuple[Values, Values]:
    """The values that differ, for the audit trail, under the number that a site has (or had)."""
    old: Values = {}
    new: Values = {}
    for site_id in sorted({*was, *now}, key=lambda one: int((now.get(one) or was[one])["number"])):
        before, after = was.get(site_id, {}), now.get(site_id, {})
        for name in {**before, **after}:
            if before.get(name) != after.get(name):
                key = f"site_{(after or before)['number']}_{name}"
                old |= {key: before[name]} if before else {}
                new |= {key: after[name]} if after else {}
    return old, new


def _differs_in_number_only(one: Values | None, other: Values | None) -> bool:
    return one is not None and other is not None and {**one, "number": 0} == {**other, "number": 0}


def _read(values: Values, readers: Mapping[str, Callable[[Any], Any]], syringes: set[str]) -> Values:
    # A change kept by an earlier version of this program may lack a name.
    found = {name: None if values.get(name) is None else read(values[name]) for name, read in readers.items()}
    if found["syringe_id"] not in syringes:
        found["syringe_id"] = None
    return found


def _restored(uow: UnitOfWork, visit: Visit, site_id: str, values: Values) -> InjectionSite:
    site = InjectionSite(clinic_id=uow.clinic_id, id=site_id, visit_id=visit.id, **values)
    uow.session.add(site)
    return site


def _number_again(rows: list[InjectionSite]) -> None:
    # While nothing is given the numbers have no gaps; once something is, a number never names another site.
    if any(site.given_at is not None for site in rows):
        taken: set[int] = set()
        last = max(site.number for site in rows)
        for site in sorted(rows, key=lambda one: (one.given_at is None, one.number)):
            if site.number in taken:
                last += 1
                site.number = last
            taken.add(site.number)
        return
    for number, site in enumerate(sorted(rows, key=lambda one: one.number), start=1):
        site.number = number
