"""Criteria as a form and as an address: the same names, with keys and numbers only; and the form that keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FormField, HiddenField
from wtforms.fields.choices import SelectChoice

from clinic.domain.anatomy import Side
from clinic.domain.cohort_checks import NOT_LISTED, problems
from clinic.domain.cohort_json import from_json
from clinic.domain.cohorts import NAME_MAXIMUM, RANGES_MAXIMUM, Criteria, PatternRange, ScoreRange
from clinic.domain.quantities import QuantityError, parse_units
from clinic.web.forms.base import StrictForm, text
from clinic.web.forms.cohort_fields import EVER, CheckList, SearchForm

PAGING: Final = frozenset({"page", "order", "cohort"})
"""Parts of the address that are no criteria."""

_WHOLE = re.compile(r"[0-9]{1,5}", re.ASCII)
_SCORE = re.compile(r"-?[0-9]{1,5}(\.[0-9]{1,2})?", re.ASCII)
_RANGES: Final = {"scores": "score", "patterns": "pattern"}


class SaveForm(StrictForm):
    """A search to be kept: its name, who sees it, and its criteria as they were asked."""

    name = text("Name", NAME_MAXIMUM, needed=True)
    shared = BooleanField("Everybody in the clinic who may search can use it")
    criteria = HiddenField()

    @property
    def asked(self) -> Criteria:
        """The criteria that came with the form. Raises Invalid."""
        return from_json(self.criteria.data or "")


class RetireForm(StrictForm):
    """Only that a search is retired."""


def search_form(args: MultiDict[str, str], people: Mapping[str, str]) -> tuple[SearchForm, Criteria | None]:
    """The form of an address, and its criteria; None when something in it cannot be asked, which the form then says."""
    form = SearchForm(args)
    form.treated_by.choices = [SelectChoice(value=key, label=name) for key, name in people.items()]
    found: dict[str, str] = {}
    single = [one.name for one in fields(Criteria) if one.name not in _RANGES]
    values = {name: _value(form[name], found) for name in single}
    scores, patterns = _scores(form, found), _patterns(form, found)
    criteria = Criteria(**values, scores=tuple(scores.values()), patterns=tuple(patterns.values()))
    rows = dict(zip((f"score_{n}" for n in range(1, 9)), scores, strict=False))
    rows |= dict(zip((f"pattern_{n}" for n in range(1, 9)), patterns, strict=False))
    found = {rows.get(name, name): words for name, words in problems(criteria).items()} | found
    if any(key not in people for key in criteria.treated_by):
        found.setdefault("treated_by", NOT_LISTED)
    form.refuse(found)
    strange = _strange(args, form)
    form.form_errors += [f"“{name[:40]}” is no criterion of a search. Choose from the form." for name in strange]
    return form, None if found or strange else criteria


def _strange(args: MultiDict[str, str], form: SearchForm) -> list[str]:
    known = set(PAGING)
    for name, field in form._fields.items():
        known |= {one.name for one in field.form} if isinstance(field, FormField) else {name}
    several = {name for name, field in form._fields.items() if isinstance(field, CheckList)}
    return sorted({n for n in args if n not in known or (n not in several and len(args.getlist(n)) > 1)})


def _value(field: Any, found: dict[str, str]) -> Any:
    """One criterion from what was sent; what cannot be read is said in ``found``."""
    name = field.name
    if isinstance(field, BooleanField):
        return bool(field.data)
    if isinstance(field, CheckList):
        return tuple(dict.fromkeys(field.data or ()))
    given = " ".join((field.data or "").split())
    if name == "lot" or not given:
        return given if name == "lot" else None
    if name in {"side", "muscle_side"}:
        return _one_of(given, name, found)
    if name.startswith("dose_"):
        return _units(given, name, found)
    return _iso_day(given, name, found) if name.endswith(("_from", "_until")) else _whole(given, name, found)


def _one_of(given: str, name: str, found: dict[str, str]) -> Side | None:
    if given in tuple(Side):
        return Side(given)
    found[name] = NOT_LISTED
    return None


def _units(given: str, name: str, found: dict[str, str]) -> Decimal | None:
    try:
        return parse_units(given)
    except QuantityError as error:
        found[name] = str(error)
        return None


def _iso_day(given: str, name: str, found: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(given)
    except ValueError:
        found[name] = "This is no date. Choose it from the calendar, or write 2026-11-22."
        return None


def _whole(given: str, name: str, found: dict[str, str]) -> int | None:
    if _WHOLE.fullmatch(given):
        return int(given)
    found[name] = "Write a whole number, for example 12."
    return None


def _scores(form: SearchForm, found: dict[str, str]) -> dict[str, ScoreRange]:
    asked = {}
    for number in range(1, RANGES_MAXIMUM + 1):
        name, one = f"score_{number}", form[f"score_{number}"].form
        bounds = [_score_bound(name, field.data, found) for field in (one.lowest, one.highest)]
        instrument, _, score = (one.kind.data or "").partition(".")
        if instrument or score:
            asked[name] = ScoreRange(instrument, score, bounds[0], bounds[1], one.when.data != EVER)
        elif any(bound is not None for bound in bounds):
            found.setdefault(name, "Choose the score that these bounds are for.")
    return asked


def _score_bound(name: str, data: str | None, found: dict[str, str]) -> Decimal | None:
    given = (data or "").strip().replace("\N{MINUS SIGN}", "-")
    if not given:
        return None
    if _SCORE.fullmatch(given):
        return Decimal(given)
    found[name] = "Write bounds as numbers with a point, for example 62.5."
    return None


def _patterns(form: SearchForm, found: dict[str, str]) -> dict[str, PatternRange]:
    asked = {}
    for number in range(1, RANGES_MAXIMUM + 1):
        name, one = f"pattern_{number}", form[f"pattern_{number}"].form
        given = [(field.data or "").strip() for field in (one.lowest, one.highest)]
        bounds = [_whole(one_bound, name, found) if one_bound else None for one_bound in given]
        asks = (one.movement.data or "", one.group.data or "")
        pattern = PatternRange(*asks, bounds[0], bounds[1], one.when.data != EVER)
        if not pattern.is_empty:
            asked[name] = pattern
    return asked


def as_query(criteria: Criteria) -> dict[str, Any]:
    """The criteria as the parts of an address, nothing for what is not asked."""
    found: dict[str, Any] = {}
    for one in fields(Criteria):
        value = getattr(criteria, one.name)
        if one.name in {"scores", "patterns"} or value == one.default:
            continue
        found[one.name] = _sent(value)
    for number, score in enumerate(criteria.scores, 1):
        found |= _ranged(f"score_{number}", score, kind=f"{score.instrument}.{score.score}")
    for number, pattern in enumerate(criteria.patterns, 1):
        found |= _ranged(f"pattern_{number}", pattern, group=pattern.group, movement=pattern.movement)
    return found


def _ranged(name: str, asked: ScoreRange | PatternRange, **keys: str) -> dict[str, str]:
    bounds = {"lowest": _sent(asked.lowest), "highest": _sent(asked.highest), "when": "" if asked.newest else EVER}
    return {f"{name}_{key}": value for key, value in (keys | bounds).items() if value}


def _sent(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "y"
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)
