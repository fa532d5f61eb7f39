"""Addresses of pages for templates: the plain ones are put together here, since a page has hundreds of them.

Flask takes twenty times as long for one, because it allows for much that a link to a record has not: other hosts,
converters, defaults, anchors. Whatever is not plain goes to Flask.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, current_app, request, url_for
from werkzeug.routing import Rule, UnicodeConverter

Builder = Callable[..., tuple[str, str]]
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+\Z").match
"""What stands in an address as it is: ids, and the words that name a kind."""
_ARGUMENT: Final = re.compile(r"<(\w+)>")
Patterns = dict[str, tuple[str, frozenset[str]]]


class LateRule(Rule):
    """A route that makes its builder of addresses when the first is asked for.

    Making all of them takes an eighth of the time in which the program starts, and most are never asked for.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        made: list[Builder] = []

        def build(rule: LateRule, /, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(super(LateRule, rule)._compile_builder(append_unknown))
            return made[0](rule, **values)

        return build


def link(endpoint: str, **values: Any) -> str:
    """The address of an endpoint inside a request, as ``flask.url_for`` gives it."""
    if endpoint[:1] == "." and request.blueprint:
        endpoint = f"{request.blueprint}{endpoint}"
    patterns: Patterns = current_app.extensions["clinic_links"]
    pattern, names = patterns.get(endpoint, ("", None))
    if names != values.keys() or not all(type(value) is str and _PLAIN(value) for value in values.values()):
        return url_for(endpoint, **values)
    return f"{request.root_path}{pattern.format_map(values)}"


def begin(app: Flask) -> None:
    """Find the plain addresses, once all routes are there, and let templates use them."""
    found: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for rule in app.url_map.iter_rules():
        # A rule keeps its converters under a name of its own.
        plain = all(type(one) is UnicodeConverter for one in rule._converters.values()) and not rule.defaults  # noqa: SLF001
        pattern = _ARGUMENT.sub(r"{\1}", rule.rule) if plain and not rule.subdomain and not rule.host else ""
        found.setdefault(rule.endpoint, []).append((pattern, frozenset(rule.arguments)))
    alone = {endpoint: rules[0] for endpoint, rules in found.items() if len(rules) == 1 and rules[0][0]}
    app.extensions["clinic_links"] = {} if app.url_default_functions else alone
    app.jinja_env.globals["url_for"] = link
