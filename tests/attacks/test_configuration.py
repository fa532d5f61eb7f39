"""S-85, S-86, S-87: what the program refuses to start with, and what no sender can make it believe."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic import config, create_app, start
from clinic.config import KEY_BYTES, SettingError
from clinic.domain.csv_reading import BYTES_MAXIMUM
from clinic.models import AuditEvent
from clinic.unit_of_work import Work
from tests.browser.served import free_port
from tests.conftest import make_settings
from tests.factories import ClinicWorld, client_for

SPOOFED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;host=evil.example;proto=http",
    "X-Original-URL": "/audit",
    "X-Rewrite-URL": "/audit",
    "X-HTTP-Method-Override": "DELETE",
}
PROBES = [
    "/console",
    "/metrics",
    "/debug",
    "/docs",
    "/swagger",
    "/openapi.json",
    "/admin",
    "/server-status",
    "/.git/config",
    "/.git/HEAD",
    "/.env",
    "/instance/clinic.sqlite3",
    "/clinic.sqlite3",
    "/keys/session.key",
    "/backups/",
    "/exports/",
    "/static/",
    "/static",
    "/tests/",
    "/wsgi.py",
    "/?__debugger__=yes&cmd=resource&f=debugger.js",
    "/robots.txt~",
    "/seed",
    "/demo",
    "/clinic/",
    "/requirements.txt",
]
TRAVERSALS = ("../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/config.py", "....//....//config.py",
              "/etc/passwd", "..\\..\\config.py", "css/../../config.py", "%00", "css/base.css%00.png", "file:///etc/passwd")  # fmt: skip


@pytest.mark.parametrize("value", ["1", "true", "yes", "on", "2"])
def test_debug_is_refused(value: str, tmp_path: Path) -> None:
    """S-86: whoever sets it, the flask command included, which sets the same variable."""
    with pytest.raises(SettingError, match="FLASK_DEBUG"):
        config.settings({"CLINIC_INSTANCE": str(tmp_path), "FLASK_DEBUG": value})


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_debug_that_is_off_is_none(value: str, tmp_path: Path) -> None:
    assert config.settings({"CLINIC_INSTANCE": str(tmp_path), "FLASK_DEBUG": value})


@pytest.mark.parametrize(
    "key",
    [
        b"",
        bytes(KEY_BYTES),
        bytes(range(KEY_BYTES)),
        bytes(range(200, 200 - KEY_BYTES, -1)),
        b"dev" * 20,
        b"change-me-change-me-change-me-now!",
        b"abcdefghijklmnopqrstuvwxyz012345678",
        hashlib.sha256(b"of good quality").digest()[: KEY_BYTES - 1],
        b"\x01\x02" * KEY_BYTES,
    ],
)
@pytest.mark.parametrize("name", ["session", "audit"])
def test_a_short_or_made_up_key_is_refused(tmp_path: Path, name: str, key: bytes) -> None:
    """S-85: below the length, and samples that have it."""
    config.create_keys(tmp_path)
    (tmp_path / "keys" / f"{name}.key").write_text(key.hex())
    with pytest.raises(SettingError, match=f"{name}.key"):
        config.load_keys(tmp_path)


def test_random_keys_are_taken_and_two_that_are_one_are_not(tmp_path: Path) -> None:
    """S-85."""
    config.create_keys(tmp_path)
    assert config.load_keys(tmp_path)
    (tmp_path / "keys" / "audit.key").write_text((tmp_path / "keys" / "session.key").read_text())
    with pytest.raises(SettingError, match="the same"):
        config.load_keys(tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_anybody_else_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """S-85, S-91."""
    config.create_keys(tmp_path)
    (tmp_path / "keys" / "audit.key").chmod(mode)
    with pytest.raises(SettingError, match="chmod 600"):
        config.load_keys(tmp_path)


def addresses(work: Work, clinic: ClinicWorld) -> set[str]:
    """Where the requests in the audit trail came from."""
    with work.reading(clinic.prescriber) as uow:
        return set(uow.session.scalars(select(AuditEvent.address).where(AuditEvent.address != "")))


def test_forwarded_headers_change_nothing_without_proxies(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    """S-87: neither the address in the audit trail, nor links, nor the scheme, nor the route."""
    client = client_for(app, clinic.prescriber)
    plain, spoofed = client.get("/patients"), client.get("/patients", headers=SPOOFED)
    assert (plain.status_code, spoofed.status_code) == (200, 200)
    assert "evil" not in spoofed.text + str(spoofed.headers)
    assert "Strict-Transport-Security" in spoofed.headers
    away = app.test_client().get("/patients", headers=SPOOFED)
    assert away.location.startswith("/")
    assert addresses(work, clinic) == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("proxies", "sent", "believed"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 192.0.2.7", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
    ],
)
def test_with_proxies_only_the_one_that_they_wrote_counts(
    app: Flask, clinic: ClinicWorld, proxies: int, sent: str, believed: str
) -> None:
    """S-87: what the browser wrote before it is passed over; a host is never taken from a header."""
    settings = replace(app.extensions["clinic_settings"], proxies=proxies)
    behind: Flask = create_app(settings)
    seen: list[str] = []

    @behind.before_request
    def note() -> None:
        from flask import request

        seen.append(request.remote_addr or "")

    answer = behind.test_client().get(
        "/sign-in", base_url="https://localhost", headers=SPOOFED | {"X-Forwarded-For": sent}
    )
    assert seen == [believed]
    assert "evil" not in answer.text
    behind.extensions["clinic_work"].engine.dispose()


def told(port: int, request: str) -> str:
    """The answer to a request of which only the head is ever sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as one:
        one.sendall(request.encode())
        return one.recv(4096).decode()


@pytest.mark.parametrize(("proxies", "believed"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_the_server_that_is_shipped_hands_on_the_same(
    app: Flask, clinic: ClinicWorld, proxies: int, believed: str
) -> None:
    """S-58, S-87: waitress in between, as the program is started; too large a body is refused before it is taken in."""
    served = create_app(replace(app.extensions["clinic_settings"], proxies=proxies, host="127.0.0.1", port=free_port()))
    seen: list[tuple[str, bool]] = []

    @served.before_request
    def note() -> None:
        from flask import request

        seen.append((request.remote_addr or "", request.is_secure))

    server, port = start.listening(served, served.extensions["clinic_settings"])

    def run() -> None:
        with contextlib.suppress(OSError):  # Its sockets are closed while it waits for them.
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Forwarded-Proto": "https", "Host": "localhost"}
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers=headers)) as answer:
        assert answer.status == 200
        assert "Server" not in answer.headers
        assert "X-Powered-By" not in answer.headers
    largest = BYTES_MAXIMUM * 2
    assert (
        told(port, f"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: {largest}\r\n\r\n").split()[1]
        == "413"
    )
    server.close()
    thread.join(5)
    assert seen == [(believed, proxies > 0)]
    served.extensions["clinic_work"].engine.dispose()


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost@evil.example"]
)
def test_another_host_gets_no_page(app: Flask, clinic: ClinicWorld, host: str) -> None:
    """S-87."""
    answer = client_for(app, clinic.prescriber).get("/patients", headers={"Host": host})
    assert answer.status_code == 400
    assert "<html" not in answer.text
    assert "evil" not in answer.text


@pytest.mark.parametrize("signed_in", [True, False])
def test_there_is_no_console_no_listing_and_no_file_of_the_program(
    app: Flask, clinic: ClinicWorld, signed_in: bool
) -> None:
    """S-86, S-99."""
    client = client_for(app, clinic.prescriber) if signed_in else app.test_client()
    for probe in PROBES:
        answer = client.get(probe, base_url="https://localhost")
        assert answer.status_code in {302, 404, 400} or probe.startswith("/?"), probe
        assert not any(word in answer.text for word in ("Werkzeug", "SQLite format", "[core]", "Index of")), probe
    for method in ("TRACE", "TRACK", "CONNECT", "DEBUG", "PROPFIND"):
        assert client.open("/patients", method=method, base_url="https://localhost").status_code in {
            302,
            405,
            404,
            400,
            401,
        }


def readable(client: Any, app: Flask) -> list[str]:
    """Addresses of files that answer with more than the static folder holds."""
    found = []
    for hostile in TRAVERSALS:
        for place in (
            f"{app.static_url_path}/{hostile}",
            f"/face-{hostile}.json",
            f"/texts/en/{hostile}",
            f"/texts/{hostile}/x",
        ):
            answer = client.get(place, base_url="https://localhost")
            opened = answer.status_code == 200 and not place.startswith("/face-")  # Any version gives the one face.
            if opened or any(word in answer.text for word in ("root:x:0", "KEY_BYTES", "SettingError")):
                found.append(place)
            answer.close()
    return found


def test_no_path_of_a_request_opens_a_file(app: Flask, clinic: ClinicWorld) -> None:
    """S-62, V-15: static files, the face, texts."""
    assert readable(client_for(app, clinic.prescriber), app) == []


def test_a_route_that_opens_what_it_is_told_is_found(app: Flask, clinic: ClinicWorld) -> None:
    """The tooth."""
    from clinic.domain.actors import Permission
    from clinic.web.security import permission

    @permission(Permission.PUBLIC)
    def planted(language: str, text_id: str) -> str:
        return Path(f"/{text_id}").read_text(encoding="utf-8") if "etc" in text_id else "nothing here"

    app.view_functions["texts.show"] = planted
    endpoint = next(rule.endpoint for rule in app.url_map.iter_rules() if rule.rule == "/texts/<language>/<text_id>")
    app.view_functions[endpoint] = planted
    assert readable(client_for(app, clinic.prescriber), app)


def test_the_program_on_make_settings_has_no_debug(app: Flask) -> None:
    assert not app.debug
    assert make_settings(Path(app.instance_path)).plain_http is False
