"""Example bodies for unsafe routes, found as a browser finds them: in the forms of the pages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

from werkzeug.routing import Rule

from clinic.domain.actors import ROLES, Actor, Role
from tests.factories import PASSWORD
from tests.security.world import Ids, World, send

Body = dict[str, Any]
TOKENS = frozenset({"csrf_token", "idempotency_key"})
ASKED = (Role.PRESCRIBER, Role.ADMINISTRATOR, Role.AUDITOR, Role.THERAPIST)
"""Who opens the pages on which the forms stand; the first that may."""

VALID: Mapping[str, Any] = {
    "password": PASSWORD, "new_password": "another longer pass 1", "repeated": "another longer pass 1",
    "initials": "MK", "birth_year": "1979", "family_name": "Osterberg", "given_names": "Ida",
    "birth_date": "1980-05-01", "record_number": "R-77", "cause": "other", "cause_detail": "scar",
    "username": "osterberg", "name": "Ida Osterberg", "expires_on": "2028-01-31", "lot": "L-77", "number": "L-77",
    "labelled_units": "100", "units": "1.25", "per_site_low": "1", "per_site_high": "2", "muscle": "mentalis",
    "product": "botox", "side": "left", "diluent": "2", "diluent_ml": "2", "given_at": "2026-11-22T10:00",
    "q": "Keane", "on": "2026-11-20", "text": "words of a reason that is long enough", "line": "men l 2.5",
    "file": "", "initials_again": "MK",
}  # fmt: skip
"""What a careful person types, by the name of the field."""
BY_KIND: Mapping[str, str] = {
    "date": "2026-11-20",
    "datetime-local": "2026-11-22T10:00",
    "number": "1",
    "time": "10:00",
}
WORDS = "A reason that is long enough"


@dataclass
class Form:
    """One form of a page: where it goes, what it holds, and what could be chosen."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    needed: set[str] = field(default_factory=set)

    def body(self) -> Body:
        """What is sent when somebody fills in what is needed and leaves the rest."""
        return {name: self._sent(name) for name in self.kinds if self._sent(name) is not None and name not in TOKENS}

    def _sent(self, name: str) -> Any:
        held = self.values.get(name, [])
        if any(held):
            return held if len(held) > 1 else held[0]
        kind = self.kinds[name]
        offered = [one for one in self.choices.get(name, []) if one]
        if kind == "checkbox":
            return offered[0] if name in self.needed or name in CHECKED else None
        if kind in {"radio", "select"}:
            if name in VALID and VALID[name] in offered:
                return VALID[name]
            return offered[0] if offered else (None if kind == "radio" else "")
        if kind == "file":
            return None
        blank = "" if name not in self.needed and kind != "textarea" else WORDS
        return VALID.get(name, BY_KIND.get(kind, blank) if name in self.needed or kind == "textarea" else "")


CHECKED = frozenset({"site", "document", "read_aloud", "understood"})
"""Boxes that somebody ticks who means what the form is for."""


class Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.named: dict[str, Form] = {}
        self.chosen: tuple[Form, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = dict(attrs)
        if tag == "form":
            form = Form(got.get("action") or "", (got.get("method") or "get").lower())
            self.found.append(form)
            self.named[got.get("id") or ""] = form
        elif tag == "option" and self.chosen:
            self._option(got)
        elif tag in {"input", "textarea", "select", "button"} and got.get("name") and self._form(got):
            self._field(tag, got)

    def _form(self, got: dict[str, str | None]) -> Form | None:
        # A field may stand before its form and name it; that form is then not known yet.
        return self.named.get(got["form"] or "") if "form" in got else (self.found or [None])[-1]

    def _field(self, tag: str, got: dict[str, str | None]) -> None:
        form = self._form(got)
        assert form is not None
        name, kind = got["name"] or "", got.get("type") or tag
        value = got.get("value") or ""
        form.kinds.setdefault(name, kind)
        if "required" in got:
            form.needed.add(name)
        if tag == "select":
            self.chosen = form, name
        if kind in {"radio", "checkbox"} or tag == "button":
            form.choices.setdefault(name, []).append(value or "on")
            if "checked" in got or (tag == "button" and name not in form.values):
                form.values.setdefault(name, []).append(value or "on")
        elif tag == "input":
            form.values.setdefault(name, []).append(value)

    def _option(self, got: dict[str, str | None]) -> None:
        assert self.chosen is not None
        form, name = self.chosen
        form.choices.setdefault(name, []).append(got.get("value") or "")
        if "selected" in got:
            form.values[name] = [got.get("value") or ""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.chosen = None


def posting_forms(page: str, url: str) -> list[Form]:
    """The posting forms of a page at an address."""
    parser = Forms()
    parser.feed(page)
    return [replace(form, action=form.action or url) for form in parser.found if form.method == "post"]


@dataclass(frozen=True)
class Example:
    """A body for a route: who sends it to which address, with the ids it was found for, and which state they are of."""

    endpoint: str
    actor: Actor
    url: str
    arguments: Mapping[str, Any]
    body: Body
    form: Form
    state: str = "signed"


def examples(world: World) -> list[Example]:
    """Every form of every page of the first clinic, once for each set of fields; looked for once a world."""
    if world.tokens_of_first not in _found:
        _found[world.tokens_of_first] = _collected(world)
        world.restore()
    return _found[world.tokens_of_first]


def _collected(world: World) -> list[Example]:
    seen: set[tuple[str, ...]] = set()
    found = []
    for example in _all(world):
        key = (example.endpoint, example.state, *sorted(example.form.kinds))
        if key not in seen:
            seen.add(key)
            found.append(example)
    return found


def _all(world: World) -> Iterator[Example]:
    for rule, state, url in pages(world):
        actor = world.actor(next(role for role in ASKED if role in ROLES[world.needed(rule)]))
        answer = send(world.client(actor), "GET", url)
        if not answer.mimetype.endswith("html"):
            continue
        for form in posting_forms(answer.text, url):
            matched = world.matched(form.action, "POST")
            if matched:
                yield Example(matched[0], actor, form.action, matched[1], form.body(), form, state)


STATES_WITH_FORMS: Mapping[str, tuple[str, ...]] = {
    "visit_id": ("following", "given", "signed"),
    "patient_id": ("signed",),
}
"""States whose pages, together, hold the forms."""
_found: dict[str, list[Example]] = {}


def pages(world: World) -> Iterator[tuple[Rule, str, str]]:
    """Every page that may hold forms: rule, state, address; what is about no visit or patient is opened once."""
    for rule in sorted(world.rules(), key=lambda one: one.rule):
        if "GET" not in (rule.methods or set()) or re.search(r"\.(pdf|csv|json|ics|png)$", rule.rule):
            continue
        for state in STATES_WITH_FORMS["visit_id" if "visit_id" in rule.arguments else "patient_id"]:
            for ids in variants(rule, world.states[state]):
                yield rule, state, world.address(rule, ids)


WORDS_OF_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "instrument": ("house_brackmann", "face", "sunnybrook"),
    "kind": ("letter-to-the-referring-doctor", "patients"),
    "document_slug": ("treatment-handout", "consent-form", "facial-massage", "treatment-passport"),
    "language": ("en",),
    "text_id": ("consent", "aftercare"),
    "rule": ("target-oral-ocular", "training-first"),
    "report": ("treatment", "outcomes", "safety", "sessions", "doses", "stock", "activity"),
    "table": ("sessions", "doses", "events"),
    "product": ("botox",),
    "number": ("1",),
    "questionnaire": ("saq", "face"),
    "version": ("1",),
    "filename": ("css/base.css",),
}
"""Arguments that are words of the program."""


def variants(rule: Rule, ids: Ids) -> Iterator[Ids]:
    """The ids, once for each word that the arguments may be."""
    named = [name for name in sorted(rule.arguments) if name in WORDS_OF_ARGUMENTS]
    for words in itertools.product(*(WORDS_OF_ARGUMENTS[name] for name in named)):
        yield {**ids, **dict(zip(named, words, strict=True))}
