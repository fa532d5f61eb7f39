"""What each test's application would otherwise compile anew though it comes out the same: SQL, templates, addresses.

Each is kept under its own source (a statement's structure, a template's text, a route), so no test sees another's data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

import clinic.web
from clinic.domain.actors import Permission
from clinic.extensions import db
from clinic.web.security import permission

STATEMENTS = 4000
"""Those of all pages and services together; more would be dropped and compiled again."""

_engines: dict[str, Engine] = {}
_routes: dict[tuple[Any, ...], tuple[list[Any], list[Any], dict[str, Any], frozenset[str]]] = {}
_builders: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}


class Templates(BytecodeCache):
    """Compiled templates in memory, by their name and the checksum of their text."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = self._kept.get((bucket.key, bucket.checksum))
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_templates = Templates()


class Route(Rule):
    """A route that is compiled once a process; only what is bound to the route itself is made for each."""

    def compile(self) -> None:
        assert self.map is not None
        key = (self.rule, self.subdomain, self.host, repr(self.defaults), self.merge_slashes, self.map.host_matching)
        if self.arguments - set(self.defaults or ()):  # Compiled before, and perhaps changed since.
            super().compile()
        elif key in _routes:
            self._parts, self._trace, self._converters, arguments = _routes[key]
            self.arguments |= arguments
            self._build = self._compile_builder(False).__get__(self, None)
            self._build_unknown = self._compile_builder(True).__get__(self, None)
        else:
            super().compile()
            _routes[key] = self._parts, self._trace, self._converters, frozenset(self.arguments)

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (self.rule, self.subdomain, self.host, repr(self.defaults), append_unknown)
        if key not in _builders:
            _builders[key] = super()._compile_builder(append_unknown)
        return _builders[key]


Flask.url_rule_class = Route
clinic._static_version = cache(clinic._static_version)  # Nobody changes a stylesheet in the middle of a run.


@contextmanager
def without_pages() -> Iterator[None]:
    """Make applications without routes for tests that open no page: 320 of them are most of what making one costs."""
    register = clinic.web.register
    clinic.web.register = lambda app: permission(Permission.PUBLIC)(app.view_functions["static"])
    try:
        yield
    finally:
        clinic.web.register = register


def keep(engine: Engine) -> None:
    """Let later engines of this kind use what this one knows; it must have been connected."""
    engine._compiled_cache = LRUCache(STATEMENTS)
    _engines[engine.dialect.name] = engine


def share(app: Flask) -> None:
    """Let a fresh application use what others before it compiled."""
    app.jinja_env.bytecode_cache = _templates
    with app.app_context():
        engine = db.engine
    kept = _engines[engine.dialect.name]
    # Statements are kept by dialect, and each engine comes with one of its own.
    engine.dialect = kept.dialect
    engine._compiled_cache = kept._compiled_cache
