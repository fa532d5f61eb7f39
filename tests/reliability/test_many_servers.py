"""Two servers with the shipped settings behind the shipped nginx (D-20, D-32, S-94); longer in tests/fault."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from clinic import config
from tests.postgresql import PostgreSQL
from tests.reliability import many_servers
from tests.reliability.load import found_wrong, under_load
from tests.reliability.many_servers import Browser, SetUp

pytestmark = pytest.mark.postgresql_only
HALF_OPEN = 200
RECOVERY_SECONDS = 10
ANSWER_SECONDS = 0.5
"""S-94: a probe is answered within it beside so many slow clients; three of five are counted, for the machine is shared."""


@pytest.fixture(scope="module")
def served(
    postgresql: PostgreSQL, template_instance: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SetUp]:
    """The set-up with the test clinic."""
    folder = tmp_path_factory.mktemp("many")
    folder.chmod(0o755)
    shutil.copytree(template_instance, folder / "instance")
    url, _ = postgresql.fresh_database(furnished=True)
    with many_servers.set_up(folder, folder / "instance", url) as made:
        yield made
    postgresql.drop(url)


def requests_in(log: str) -> list[dict[str, object]]:
    """The lines of requests in a server's log."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("message") == "request"]


def test_one_session_is_served_by_both_and_each_sees_the_person_as_they_came(served: SetUp) -> None:
    """No sticky sessions; the address and https are the browser's own, whatever it claims in its headers."""
    browser = served.browser()
    claimed = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "Forwarded": "for=203.0.113.9"}
    for _ in range(6):
        answer = browser.ask("GET", "/patients", **claimed)
        assert answer.status == 200
    assert all(one.startswith("__Host-") for one in browser.cookies)
    by = [Counter(str(line["action"]) for line in requests_in(served.log(number))) for number in (0, 1)]
    assert all(counted["GET /patients"] >= 2 for counted in by), by
    seen = served.rows("SELECT DISTINCT address FROM audit_event WHERE address <> ''")
    assert seen == [("127.0.0.1",)]


def test_plain_http_is_led_to_tls(served: SetUp) -> None:
    with socket.create_connection(("127.0.0.1", served.plain), timeout=5) as plain:
        plain.sendall(b"GET /patients HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert plain.recv(200).startswith(b"HTTP/1.1 301")


def test_a_graceful_reload_under_load_fails_nobody(served: SetUp) -> None:
    """D-32: HUP replaces the processes of a server while people save; every answer is that of a save."""
    with under_load([served.browser("prescriber"), served.browser("injector")]) as load:
        time.sleep(0.5)
        for server in served.servers:
            os.kill(server.pid, signal.SIGHUP)
            time.sleep(1.5)
    assert len(load.acknowledged) >= 5
    assert not load.again
    assert found_wrong(load, served.count) == []


def test_a_lost_acknowledgement_would_be_named(served: SetUp) -> None:
    """The tooth: a save that is not there is named."""
    with under_load([]) as load:
        load.acknowledged.append("nobody")
    assert found_wrong(load, served.count) == ["nobody is there 0 times"]


@contextmanager
def half_open(port: int, many: int = HALF_OPEN) -> Iterator[None]:
    """Clients that began a request and say nothing more."""
    opened = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(many)]
    for one in opened:
        one.sendall(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\nX-Slow: ")
    try:
        yield
    finally:
        for one in opened:
            one.close()


def too_slow(browser: Browser) -> list[str]:
    """Says so when a probe is not answered in time."""
    took = []
    for _ in range(5):
        began = time.monotonic()
        assert browser.ask("GET", "/health").status == 200
        took.append(time.monotonic() - began)
    return [f"{seconds:.2f} s" for seconds in sorted(took)[2:3] if seconds > ANSWER_SECONDS]


def test_slow_clients_do_not_stop_the_servers(served: SetUp) -> None:
    """S-94: two hundred half-open requests at nginx, and as many on its TLS port that never shake hands."""
    browser = served.browser()
    with half_open(served.plain), half_open(served.tls):
        assert too_slow(browser) == []


def test_a_thousand_requests_after_the_fork(served: SetUp) -> None:
    """D-20: the program is loaded before the fork, and no connection crosses it."""
    statuses: Counter[int] = Counter()
    browser = Browser(served.tls, served.folder / "certificate.pem")
    for _ in range(40):
        statuses[browser.ask("GET", "/sign-in").status] += 1
    assert statuses == {200: 40}
    for number, server in enumerate(served.servers):
        assert "unexpected error" not in served.log(number)
        assert crossing(server.pid) == []


def crossing(parent: int) -> list[str]:
    """Connections that the process before the fork holds, which its children would share; it may listen only."""
    links = (str(one.readlink()) for one in Path(f"/proc/{parent}/fd").iterdir() if one.is_symlink())
    held = {link.removeprefix("socket:[").rstrip("]") for link in links if link.startswith("socket:")}
    return sorted(held - listening())


def listening() -> set[str]:
    """The numbers of the sockets that listen."""
    lines = Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]
    return {parts[9] for parts in (line.split() for line in lines) if parts[3] == "0A"}


def test_a_connection_held_across_the_fork_would_be_named(served: SetUp) -> None:
    """The tooth."""
    here = set(crossing(os.getpid()))
    with psycopg.connect(served.url.replace("+psycopg", "")) as held:
        found = set(crossing(os.getpid())) - here
        assert found == {str(Path(f"/proc/self/fd/{held.fileno()}").readlink())[8:-1]}


def test_gunicorn_refuses_a_sqlite_file(template_instance: Path, tmp_path: Path) -> None:
    shutil.copytree(template_instance, tmp_path / "instance")
    refused = many_servers.refusal(tmp_path / "instance", f"sqlite:///{tmp_path}/instance/clinic.sqlite3")
    assert "gunicorn is for PostgreSQL" in refused


def test_settings_of_the_second_role_belong_to_postgresql(tmp_path: Path) -> None:
    environment = {"CLINIC_INSTANCE": str(tmp_path), "CLINIC_OWNER_DATABASE_URL": "postgresql+psycopg://o@/x"}
    with pytest.raises(config.SettingError, match="CLINIC_OWNER_DATABASE_URL is for PostgreSQL"):
        config.settings(environment)


def test_postgresql_stopped_and_started_under_load(served: SetUp, postgresql: PostgreSQL) -> None:
    """D-23: a clear 503 with the form, saving again within ten seconds, nothing lost, nothing half."""
    browsers = [served.browser("prescriber"), served.browser("injector")]
    with under_load(browsers) as load:
        time.sleep(0.7)
        with postgresql.stopped():
            time.sleep(1.5)
        started = time.monotonic()
        time.sleep(2.5)
    assert load.again
    assert set(load.again) == {"503"}, load.again
    assert load.kept_forms == load.again["503"], "each 503 holds the form and its key"
    assert load.longest_pause(started) <= RECOVERY_SECONDS
    assert found_wrong(load, served.count) == []
