"""Several servers behind nginx, as docs/deploy.md describes them, on loopback: real processes, TLS, one PostgreSQL."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import make_url

from tests.architecture.sources import ROOT
from tests.ensure_nginx import ensured
from tests.factories import PASSWORD
from tests.postgresql import owners

CONFIGURATION = ROOT / "docs" / "deploy" / "nginx.conf"
START_SECONDS = 30
NAME = "localhost"


def free_ports(many: int) -> list[int]:
    """Ports that nobody has, all different."""
    probes = [socket.socket() for _ in range(many)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(NAME), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    private.chmod(0o600)
    return certificate, private


def environment(instance: Path, url: str, port: int, **more: str) -> dict[str, str]:
    """What a server of the set-up is given; nothing of the machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLINIC_")}
    mine = {
        "CLINIC_INSTANCE": str(instance),
        "CLINIC_DATABASE_URL": url,
        "CLINIC_DEMO": "0",
        "CLINIC_PROXIES": "1",
        "CLINIC_TRUSTED_HOSTS": NAME,
        "CLINIC_HOST": "127.0.0.1",
        "CLINIC_PORT": str(port),
        "WEB_CONCURRENCY": "1",
    }
    return kept | mine | more


@contextmanager
def process(command: list[str], log: Path, ready: tuple[str, int], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that listens; its whole group is ended by its own id."""
    with log.open("ab") as out:
        made = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, start_new_session=True, **options)
        try:
            wait_for(ready, made, log)
            yield made
        finally:
            stop(made)


def wait_for(ready: tuple[str, int], made: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until somebody listens there."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and made.poll() is None:
        with suppress(OSError), socket.create_connection(ready, timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text(errors="replace")[-2000:])


def stop(made: subprocess.Popen[bytes], by: signal.Signals = signal.SIGTERM) -> None:
    """End a process that was started here, and its children."""
    if made.poll() is None:
        os.killpg(made.pid, by)
        try:
            made.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(made.pid, signal.SIGKILL)
            made.wait(timeout=15)


@contextmanager
def gunicorn(folder: Path, instance: Path, url: str, port: int, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """One server, with the project's own gunicorn.conf.py."""
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    log = folder / f"server-{port}.log"
    with process(command, log, ("127.0.0.1", port), env=environment(instance, url, port, **more)) as made:
        yield made


def refusal(instance: Path, url: str) -> str:
    """What gunicorn says when it does not start."""
    [port] = free_ports(1)
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", "wsgi:app"],
        cwd=ROOT,
        env=environment(instance, url, port),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    return ended.stderr


@contextmanager
def nginx(folder: Path, ports: list[int], plain: int, tls: int) -> Iterator[subprocess.Popen[bytes]]:
    """The shipped configuration with this machine's ports and paths in it."""
    written = configuration(folder, ports, plain, tls)
    command = [ensured(), "-p", str(folder), "-c", str(written), "-e", str(folder / "nginx.log")]
    with process(command, folder / "nginx.log", ("127.0.0.1", tls)) as made:
        yield made


def configuration(folder: Path, ports: list[int], plain: int, tls: int) -> Path:
    """Put ports and paths into the shipped file; everything else stays as it is shipped."""
    certificate, key = self_signed(folder)
    shipped = CONFIGURATION.read_text(encoding="utf-8")
    for old, new in (
        ("10.0.0.11:8000", f"127.0.0.1:{ports[0]}"),
        ("10.0.0.12:8000", f"127.0.0.1:{ports[-1]}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{tls} ssl;"),
        ("server_name record.example.org;", f"server_name {NAME};"),
        ("/etc/ssl/record.example.org.pem", str(certificate)),
        ("/etc/ssl/private/record.example.org.key", str(key)),
    ):
        assert old in shipped, old
        shipped = shipped.replace(old, new)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    around = f"daemon off;\npid {folder}/nginx.pid;\nworker_processes 1;\nevents {{ worker_connections 2048; }}\n"
    file = folder / "nginx.conf"
    file.write_text(f"{around}http {{\n{temporary}{shipped}\n}}\n", encoding="utf-8")
    return file


@dataclass
class SetUp:
    """Two servers, nginx in front, one database."""

    folder: Path
    instance: Path
    url: str
    ports: list[int]
    plain: int
    tls: int
    servers: list[subprocess.Popen[bytes]]
    more: dict[str, str]

    def browser(self, username: str = "prescriber") -> Browser:
        """A browser in which somebody has signed in."""
        made = Browser(self.tls, self.folder / "certificate.pem")
        made.sign_in(username)
        return made

    def count(self, numbers: list[str]) -> dict[str, int]:
        """How many patients have each of those numbers."""
        asked = "SELECT record_number, count(*) FROM patient WHERE record_number = ANY(%s) GROUP BY 1"
        return dict(self.rows(asked, numbers))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the owner reads."""
        address = owners(make_url(self.url)).set(drivername="postgresql")
        with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def log(self, number: int) -> str:
        """What a server wrote."""
        return (self.folder / f"server-{self.ports[number]}.log").read_text(errors="replace")


@contextmanager
def set_up(folder: Path, instance: Path, url: str, **more: str) -> Iterator[SetUp]:
    """Serve a prepared database with two servers behind nginx."""
    first, second, plain, tls = free_ports(4)
    with ExitStack() as all_of_it:
        servers = [all_of_it.enter_context(gunicorn(folder, instance, url, port, **more)) for port in (first, second)]
        all_of_it.enter_context(nginx(folder, [first, second], plain, tls))
        yield SetUp(folder, instance, url, [first, second], plain, tls, servers, more)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass
class Browser:
    """A browser of one person, over TLS through nginx; it sends a form again with its key as the page does."""

    port: int
    certificate: Path
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Answer:
        """One request on a connection of its own. Raises OSError or HTTPException where it was cut off."""
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        connection = http.client.HTTPSConnection(NAME, self.port, timeout=30, context=trusted)
        try:
            sent = {"Referer": f"https://{NAME}:{self.port}/", "Cookie": self._cookies()} | headers
            if form is not None:
                sent["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, urlencode(form) if form is not None else None, sent)
            got = connection.getresponse()
            self._keep(got.headers)
            return Answer(got.status, got.headers, got.read().decode(errors="replace"))
        finally:
            connection.close()

    def sign_in(self, username: str) -> None:
        """Through the page, with the password."""
        self._read_token(self.ask("GET", "/sign-in"))
        form = {"username": username, "password": PASSWORD, "csrf_token": self.token, "idempotency_key": "in"}
        answer = self.ask("POST", "/sign-in", form)
        assert answer.status == 302, (answer.status, answer.text[:500])
        self._read_token(self.ask("GET", "/patients/new"))

    def enter_patient(self, number: str, key: str) -> Answer:
        """Send the form of a new patient, who is known by the number."""
        drawn = Random(number)  # The same form each time it is sent.
        letters = "".join(drawn.choice("bcdfghklmnprstvw") + drawn.choice("aeiou") for _ in range(7))
        form = {
            "family_name": letters.capitalize(),
            "given_names": letters[::-1].capitalize(),
            "birth_date": f"{drawn.randint(1, 28)} Feb {drawn.randint(1930, 1999)}",
            "record_number": number,
            "sex": "female",
            "csrf_token": self.token,
            "idempotency_key": key,
        }
        return self.ask("POST", "/patients/new", form)

    def _read_token(self, answer: Answer) -> None:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.text)
        assert found, (answer.status, answer.text[:500])
        self.token = found[1]

    def _cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _keep(self, headers: http.client.HTTPMessage) -> None:
        for one in headers.get_all("Set-Cookie") or []:
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value
