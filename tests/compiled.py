"""What each test's application would otherwise compile anew though it comes out the same: SQL, templates, addresses.

Each is kept under its own source (a statement's structure, a template's text, a route), so no test sees another's data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from clinic.extensions import db

STATEMENTS = 4000
"""Those of all pages and services together; more would be dropped and compiled again."""

_engines: dict[str, Engine] = {}
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
    """A route whose two makers of addresses are compiled once a process: they take converters from their own route."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (self.rule, self.subdomain, self.host, repr(self.defaults), append_unknown)
        if key not in _builders:
            _builders[key] = super()._compile_builder(append_unknown)
        return _builders[key]


Flask.url_rule_class = Route


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
