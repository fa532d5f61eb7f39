"""Browsers without a window: one goes through the application in this process, one over HTTP on a kept connection."""

from __future__ import annotations

import gzip
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from typing import Any, Protocol
from urllib.parse import urlencode

from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from clinic.domain.actors import Actor
from tests.factories import Client, client_for

COOKIE = "__Host-clinic"
_JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class Answer:
    """An answer; ``sent`` is how many bytes of body crossed the wire."""

    status: int
    body: bytes
    location: str
    sent: int

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def data(self) -> Any:
        """The body as what its JSON says."""
        return json.loads(self.body)


class Browser(Protocol):
    """Somebody signed in."""

    def get(self, address: str) -> Answer:
        """Ask for a page."""

    def send(self, address: str, values: Mapping[str, object], *, as_json: bool = False) -> Answer:
        """Post a form with its token and a fresh key."""


class InProcess:
    """Through the application in this process."""

    def __init__(self, app: Flask, actor: Actor) -> None:
        app.test_client_class = Client
        self._client = client_for(app, actor)

    def get(self, address: str) -> Answer:
        return _answer(self._client.get(address))

    def send(self, address: str, values: Mapping[str, object], *, as_json: bool = False) -> Answer:
        return _answer(self._client.send(address, dict(values), headers=_JSON if as_json else {}))


def _answer(response: Any) -> Answer:
    return Answer(response.status_code, response.data, response.headers.get("Location", ""), len(response.data))


@dataclass(frozen=True)
class Ticket:
    """What a browser of somebody signed in holds: the session's cookie and the token of its forms."""

    cookie: str
    token: str


def ticket(app: Flask, actor: Actor) -> Ticket:
    """Sign somebody in on the database of ``app``; the session's row is real."""
    app.test_client_class = Client
    client = client_for(app, actor)
    cookie = client.get_cookie(COOKIE, domain="localhost")
    assert cookie is not None
    with client.session_transaction(base_url="https://localhost") as session:
        raw = session["csrf_token"]
    return Ticket(cookie.value, URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw))


class OverHttp:
    """Over HTTP to a server on the loopback, on one kept connection, as a browser asks: with gzip and cookies."""

    def __init__(self, port: int, held: Ticket) -> None:
        self._port, self._ticket = port, held
        self._cookie = held.cookie
        self._link = HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, address: str) -> Answer:
        return self._asked("GET", address, None, {})

    def send(self, address: str, values: Mapping[str, object], *, as_json: bool = False) -> Answer:
        return self.repeat(address, self.form(values), as_json=as_json)

    def form(self, values: Mapping[str, object]) -> bytes:
        """The body of a form; sending it again is the same save."""
        whole = {"csrf_token": self._ticket.token, "idempotency_key": secrets.token_hex(8)} | dict(values)
        return urlencode(whole, doseq=True).encode()

    def repeat(self, address: str, body: bytes, *, as_json: bool = False) -> Answer:
        """Post a body made by ``form``."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | (_JSON if as_json else {})
        return self._asked("POST", address, body, headers)

    def _asked(self, method: str, address: str, body: bytes | None, more: dict[str, str]) -> Answer:
        headers = {
            "Host": f"localhost:{self._port}",
            "Cookie": f"{COOKIE}={self._cookie}",
            "Accept-Encoding": "gzip",
            "Referer": f"http://localhost:{self._port}/",
        } | more
        response = self._response(method, address, body, headers)
        sent = response.read()
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            if name == COOKIE:
                self._cookie = rest.partition(";")[0]
        zipped = response.headers.get("Content-Encoding") == "gzip"
        whole = gzip.decompress(sent) if zipped else sent
        return Answer(response.status, whole, response.headers.get("Location", ""), len(sent))

    def _response(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> HTTPResponse:
        """Ask, on a new connection where the server has hung up meanwhile: it keeps one for seconds only."""
        for turn in range(2):
            try:
                self._link.request(method, address, body=body, headers=headers)
                return self._link.getresponse()
            except (RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self._link.close()
                if turn:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Hang up."""
        self._link.close()
