"""Two servers behind nginx, at length: one killed under load, PostgreSQL stopped again and again, 1,000 requests, slow clients."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fault.table import Faults
from tests.postgresql import PostgreSQL
from tests.reliability import many_servers
from tests.reliability.load import Load, found_wrong, under_load
from tests.reliability.many_servers import Browser, SetUp
from tests.reliability.test_many_servers import crossing, half_open, too_slow
from tests.reliability.test_start import free_port, server

pytestmark = pytest.mark.postgresql_only
PEOPLE = ("prescriber", "injector", "assistant", "prescriber")
RECOVERY_SECONDS = 10
FORGIVEN_SECONDS = 3
"""Longer than nginx leaves out a server that failed, so that both serve when the next one is killed."""
KILLS = 6
STOPS = 6
REQUESTS = 1000


@pytest.fixture
def served(postgresql: PostgreSQL, template_instance: Path, tmp_path: Path) -> Iterator[SetUp]:
    """A set-up of its own, two processes a server."""
    tmp_path.chmod(0o755)
    shutil.copytree(template_instance, tmp_path / "instance")
    url, _ = postgresql.fresh_database(furnished=True)
    with many_servers.set_up(tmp_path, tmp_path / "instance", url, WEB_CONCURRENCY="2") as made:
        yield made
    postgresql.drop(url)


def judged(load: Load, served: SetUp, faults: Faults, what: str, tried: int, recovery: float) -> None:
    """Write the row and assert that nothing was lost, doubled or answered wrongly."""
    wrong = found_wrong(load, served.count)
    lost = len(set(load.acknowledged) - served.count(load.acknowledged).keys())
    faults.add(what, tried=tried, acknowledged=len(load.acknowledged), lost=lost, torn=0, recovery=recovery)
    assert wrong == []
    assert len(load.acknowledged) > tried


def test_a_server_killed_under_load(served: SetUp, faults: Faults) -> None:
    """Passive failover: the other one answers; only what was under way is sent again."""
    slowest = 0.0
    with ExitStack() as started, under_load([served.browser(one) for one in PEOPLE]) as load:
        for number in range(KILLS):
            time.sleep(FORGIVEN_SECONDS)
            one = number % 2
            os.killpg(served.servers[one].pid, signal.SIGKILL)
            killed = time.monotonic()
            served.servers[one].wait(timeout=10)
            time.sleep(2)
            slowest = max(slowest, load.longest_pause(killed))
            again = many_servers.gunicorn(served.folder, served.instance, served.url, served.ports[one], **served.more)
            served.servers[one] = started.enter_context(again)
    assert sum(load.again.values()) <= KILLS * len(PEOPLE), load.again
    judged(load, served, faults, "one of two servers killed (kill -9)", KILLS, slowest)
    assert slowest <= RECOVERY_SECONDS


def test_postgresql_stopped_and_started_again_and_again(served: SetUp, postgresql: PostgreSQL, faults: Faults) -> None:
    """D-23: a clear 503 with the form each time, and saving again within ten seconds."""
    slowest = 0.0
    with under_load([served.browser(one) for one in PEOPLE]) as load:
        for number in range(STOPS):
            time.sleep(2)
            with postgresql.stopped():
                time.sleep(number % 3)
            began = time.monotonic()
            time.sleep(4)
            slowest = max(slowest, load.longest_pause(began))
    assert set(load.again) == {"503"}, load.again
    assert load.kept_forms == load.again["503"]
    judged(load, served, faults, "PostgreSQL stopped (immediate) and started", STOPS, slowest)
    assert slowest <= RECOVERY_SECONDS


def test_reloads_and_restarts_of_processes_under_load(served: SetUp, faults: Faults) -> None:
    """D-32: HUP again and again fails no request."""
    with under_load([served.browser(one) for one in PEOPLE]) as load:
        for number in range(8):
            time.sleep(1.5)
            os.kill(served.servers[number % 2].pid, signal.SIGHUP)
    assert not load.again
    judged(load, served, faults, "graceful reload (HUP)", 8, 0.0)


def test_a_thousand_requests_after_the_fork(served: SetUp) -> None:
    """D-20."""

    def ask(browser: Browser) -> Counter[int]:
        return Counter(browser.ask("GET", "/patients").status for _ in range(REQUESTS // len(PEOPLE)))

    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        statuses = sum(pool.map(ask, [served.browser(one) for one in PEOPLE]), Counter())
    assert statuses == {200: REQUESTS}
    assert [crossing(one.pid) for one in served.servers] == [[], []]
    assert all("unexpected error" not in served.log(number) for number in (0, 1))


def test_slow_clients_at_nginx(served: SetUp, faults: Faults) -> None:
    """S-94: half-open on both ports for longer than nginx waits."""
    browser = served.browser()
    with half_open(served.plain), half_open(served.tls):
        for _ in range(5):
            assert too_slow(browser) == []
            time.sleep(2)
    faults.add("200 half-open clients at nginx, twice", tried=400, acknowledged=25)


def test_slow_clients_at_waitress(template_instance: Path, tmp_path: Path, faults: Faults) -> None:
    """S-94: the program as `python -m clinic.start` serves it, without anything in front."""
    import urllib.request

    shutil.copytree(template_instance, tmp_path / "instance")
    port = free_port()
    with server(tmp_path / "instance", port, CLINIC_DEMO="0"), half_open(port):
        for _ in range(5):
            began = time.monotonic()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                assert answer.status == 200
            assert time.monotonic() - began < 2
            time.sleep(1)
    faults.add("200 half-open clients at waitress", tried=200, acknowledged=5)


def test_an_empty_database_is_refused(postgresql: PostgreSQL, template_instance: Path, tmp_path: Path) -> None:
    shutil.copytree(template_instance, tmp_path / "instance")
    postgresql.execute("CREATE DATABASE clinic_nothing_in_it")
    assert "--only-prepare" in many_servers.refusal(tmp_path / "instance", postgresql.url("clinic_nothing_in_it"))
    postgresql.execute("DROP DATABASE clinic_nothing_in_it WITH (FORCE)")
