"""S-89: a request whose end can be read in two ways is refused by the server that is shipped, and nothing in it is run."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask, request
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser

from clinic import create_app, start
from tests.browser.served import free_port
from tests.factories import ClinicWorld

HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def sized(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n" % len(body)


ATTACKS: dict[str, bytes] = {
    "length and chunks, length first": POST + sized(b"0\r\n\r\n" + HIDDEN) + CHUNKED + b"\r\n0\r\n\r\n" + HIDDEN,
    "chunks and length": POST + CHUNKED + sized(b"abc") + b"\r\n0\r\n\r\n" + HIDDEN,
    "chunks before 1.1": POST.replace(b"1.1", b"1.0") + CHUNKED + b"Connection: keep-alive\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks twice": POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n" + HIDDEN,
    "chunks under another name": POST + b"Transfer-Encoding: xchunked\r\n" + sized(b"") + b"\r\n" + HIDDEN,
    "chunks behind a tab": POST + b"Transfer-Encoding:\tchunked\r\n" + sized(b"a") + b"\r\n0\r\n\r\n" + HIDDEN,
    "a blank before the colon": POST + b"Content-Length : 3\r\n\r\nabc" + HIDDEN,
    "two lengths": POST + sized(b"abc") + sized(b"") + b"\r\nabc" + HIDDEN,
    "two lengths in one": POST + b"Content-Length: 0, 3\r\n\r\nabc" + HIDDEN,
    "a negative length": POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "a length with a sign": POST + b"Content-Length: +3\r\n\r\nabc" + HIDDEN,
    "a length that is no number": POST + b"Content-Length: 0x3\r\n\r\nabc" + HIDDEN,
    "a chunk of no size": POST + CHUNKED + b"\r\nzz\r\nabc\r\n0\r\n\r\n" + HIDDEN,
    "a chunk of a negative size": POST + CHUNKED + b"\r\n-3\r\nabc\r\n0\r\n\r\n" + HIDDEN,
    "a chunk longer than it says": POST + CHUNKED + b"\r\n3\r\nabcdef\r\n0\r\n\r\n" + HIDDEN,
    "a header of 300 kB": GET + b"X-Long: " + b"a" * 300_000 + b"\r\n\r\n" + HIDDEN,
    "bare line feeds in the head": GET.replace(b"\r\n", b"\n") + b"X: y\n\n" + HIDDEN,
    "a bare line feed in a header": GET + b"X: y\nContent-Length: 3\r\n\r\nabc" + HIDDEN,
    "a folded header": GET + b"X: y\r\n Content-Length: 3\r\n\r\nabc" + HIDDEN,
    "a NUL in a header": GET + b"X: a\0b\r\n\r\n" + HIDDEN,
}


@dataclass
class Server:
    """The program behind waitress, and the paths that reached it."""

    port: int
    seen: list[str]

    def answers(self, sent: bytes) -> bytes:
        """Everything that comes back until the server closes, or says nothing more."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            with contextlib.suppress(ConnectionError):
                line.sendall(sent)
                line.shutdown(socket.SHUT_WR)
            found = b""
            with contextlib.suppress(ConnectionError, TimeoutError):
                while piece := line.recv(65536):
                    found += piece
        return found


def leaks(server: Server) -> list[str]:
    """Attacks that are answered as if they were sound, or that get what they hide run."""
    found = []
    for name, sent in ATTACKS.items():
        server.seen.clear()
        answer = server.answers(sent)
        status = answer[9:12].decode()
        if status not in {"", "400", "413", "431", "501"}:
            found.append(f"{name}: {status}")
        if server.seen:
            found.append(f"{name}: ran {server.seen}")
    return found


def served(app: Flask) -> Iterator[Server]:
    """An application behind the server as it is started."""
    seen: list[str] = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(request.path))
    server, port = start.listening(app, app.extensions["clinic_settings"])

    def run() -> None:
        with contextlib.suppress(OSError):  # Its sockets are closed while it waits for them.
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield Server(port, seen)
    server.close()
    thread.join(5)
    app.extensions["clinic_work"].engine.dispose()


@pytest.fixture
def server(app: Flask, clinic: ClinicWorld) -> Iterator[Server]:
    """The program of the test's clinic."""
    yield from served(create_app(replace(app.extensions["clinic_settings"], host="127.0.0.1", port=free_port())))


def test_a_request_with_two_readings_is_refused_and_nothing_in_it_runs(server: Server) -> None:
    """S-89: CL and TE, two lengths, bad chunks, bare line feeds, a head without end."""
    assert leaks(server) == []
    assert server.answers(GET + b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 200")
    assert server.seen == ["/healthz"]


def test_the_server_as_it_comes_is_found(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tooth: without the stricter reading, what hides behind a body of chunks is run."""
    monkeypatch.setattr(HTTPChannel, "parser_class", HTTPRequestParser)
    assert any("/smuggled" in one for one in leaks(server))


def test_a_server_that_runs_what_is_hidden_is_found(server: Server) -> None:
    """The tooth: two sound requests on one line are both run, so a hidden one would be seen."""
    ATTACKS["sound"] = GET + b"\r\n" + HIDDEN
    try:
        assert leaks(server)[-2:] == ["sound: 200", "sound: ran ['/healthz', '/smuggled']"]
    finally:
        del ATTACKS["sound"]
