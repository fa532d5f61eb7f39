"""Addresses that templates put together themselves are those that Flask gives (aim of docs/performance.md: quick pages)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, url_for

from clinic.web.links import link

_VALUES = ("abc123", "Zq-_9", "a/b c", "ü?&#%", "..", "")


def differing(app: Flask, made: Callable[..., str]) -> list[str]:
    """The endpoints whose address is another one than Flask's, with plain and with strange values, at two roots."""
    found = []
    for root in ("", "/below"):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            for rule in app.url_map.iter_rules():
                for value in _VALUES:
                    values: dict[str, Any] = dict.fromkeys(rule.arguments, value)
                    try:
                        wanted = url_for(rule.endpoint, **values)
                    except Exception as error:  # noqa: BLE001 (whatever Flask refuses is refused)
                        wanted = type(error).__name__
                    try:
                        got = made(rule.endpoint, **values)
                    except Exception as error:  # noqa: BLE001
                        got = type(error).__name__
                    if got != wanted:
                        found.append(f"{rule.endpoint} {value!r}: {got} for {wanted}")
    return found


def test_links_are_those_of_flask(app: Flask) -> None:
    """Every route with every kind of value."""
    assert differing(app, link) == []
    assert len(app.extensions["clinic_links"]) > 100


def test_a_wrong_link_is_named(app: Flask) -> None:
    """The tooth: a maker that forgets the root and the quoting is found out."""

    def careless(endpoint: str, **values: Any) -> str:
        pattern = app.extensions["clinic_links"].get(endpoint, ("/", ()))[0]
        return str(pattern.format_map(values))

    found = differing(app, careless)
    assert any("a/b c" in one for one in found)
    assert any("/below" in one for one in found)


def test_values_beside_the_path_go_to_flask(app: Flask) -> None:
    """Queries, anchors and missing values are Flask's."""
    with app.test_request_context("/"):
        assert link("patients.index", q="a b") == url_for("patients.index", q="a b")
        assert link("patients.show", patient_id="p1", _anchor="x") == "/patients/p1#x"
