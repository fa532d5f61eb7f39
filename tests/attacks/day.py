"""A day at the clinic over HTTP against the started program: ``python -m tests.attacks.day``, alone or without a network.

What it did and saw is printed as one JSON object; the values of every field are canaries, which may stand in the record only.
"""

from __future__ import annotations

import fcntl
import http.cookiejar
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CANARIES = {
    "name": "Kanarienvogel",
    "given": "Zitronella",
    "password": "Wrong-kanari-7731-pass",
    "in_the_name_field": "Typed-kanari-8842-there",
    "note": "Kanarinote-9953",
    "search": "Kanarisearch-1064",
    "path": "Kanaripath-2175",
    "agent": "Kanariagent-3286",
    "purpose": "Kanaripurpose-4397",
}
ANSI = "\x1b[2J"
HOOK = """
import sys
def _noted(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system"):
        with open({file!r}, "a") as out:
            out.write(event + " " + repr(arguments[1:2] if event.startswith("socket.connect") else arguments[:1]) + "\\n")
sys.addaudithook(_noted)
"""
"""Runs inside the program and notes every connection, name look-up and other program, whatever the network lets through."""


@dataclass
class Day:
    """One browser against one server."""

    address: str
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)
    steps: dict[str, int] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def open(self, step: str, url: str, form: dict[str, str] | None = None, *, agent: str = "") -> str:
        """Ask for a page or send a form, and note how it went."""
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        )
        body = urllib.parse.urlencode(form).encode() if form is not None else None
        headers = {"User-Agent": CANARIES["agent"] + agent, "Referer": self.address}
        try:
            answer: Any = opener.open(urllib.request.Request(f"{self.address}{url}", body, headers), timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        data = answer.read()
        self.steps[step], self.sizes[step] = answer.status, len(data)
        self.cookies += answer.headers.get_all("Set-Cookie") or []
        self.cookies += [cookie.value or "" for cookie in self.jar]
        return str(data.decode("utf-8", "replace"))

    def send(self, step: str, page: str, url: str, values: dict[str, str]) -> str:
        """Send a form of a page with its hidden fields."""
        return self.open(step, url, hidden(page) | values)


def hidden(page: str) -> dict[str, str]:
    """The token and key of a page's first form that has both."""
    found = {}
    for name in ("csrf_token", "idempotency_key"):
        match = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
        if match:
            found[name] = unescape(match[1])
    return found


def lived(day: Day, username: str, password: str) -> None:
    """Sign in (badly, then well), look, write, search, print, export, sign out."""
    page = day.open("sign-in page", "/sign-in")
    day.send("wrong", page, "/sign-in", {"username": CANARIES["in_the_name_field"], "password": CANARIES["password"]})
    page = day.open("sign-in page", "/sign-in")
    day.send("signed in", page, "/sign-in", {"username": username, "password": password})
    patients = day.open("patients", "/patients")
    found = day.send("found", patients, "/patients/search", {"q": "FN-1001"})
    patient = re.search(r"/patients/([0-9a-z]{26})", found)
    assert patient, f"no patient on the list: {day.steps}"
    page = day.open("new patient page", "/patients/new")
    person = {"family_name": CANARIES["name"], "given_names": CANARIES["given"], "birth_date": "1980-05-01",
              "record_number": "K-1", "sex": "female"}  # fmt: skip
    day.send("new patient", page, "/patients/new", person)
    record = day.open("record", f"/patients/{patient[1]}")
    day.open("control signs", "/patients", agent=ANSI)
    day.open(
        "forged line",
        "/patients/%0A%7B%22message%22%3A%22forged%22%7D%1B%5B2J%E2%80%AE",
        agent='"}\\n{"message":"forged"}',
    )
    day.open("missing", f"/patients/{CANARIES['path']}")
    day.open("query", f"/patients?q={CANARIES['search']}")
    page = day.open("patients again", "/patients")
    day.send("search", page, "/patients/search", {"q": CANARIES["search"]})
    for number, visit in enumerate(dict.fromkeys(re.findall(r"/visits/([0-9a-z]{26})", record))):
        if number < 2:
            day.open(f"visit {number}", f"/visits/{visit}")
            day.open(f"print {number}", f"/visits/{visit}/summary.pdf")
            day.open(f"json {number}", f"/visits/{visit}/summary.json")
    page = day.open("start page", f"/patients/{patient[1]}")
    chart = day.send("visit started", page, f"/patients/{patient[1]}/visits", {"on": "", "kind": ""})
    draft = re.search(r"/visits/([0-9a-z]{26})/notes", chart)
    if draft:
        version = re.search(r'name="edit_version"[^>]*value="(\d+)"', chart)
        values = {"edit_version": version[1] if version else "1", "plan": CANARIES["note"]}
        day.send("note", chart, f"/visits/{draft[1]}/notes", values)
    page = day.open("archive page", f"/patients/{patient[1]}/archive")
    day.send("archive", page, f"/patients/{patient[1]}/archive", {"purpose": CANARIES["purpose"]})
    day.open("audit", "/audit")
    page = day.open("last page", "/patients")
    day.send("signed out", page, "/sign-out", {})


def raise_loopback() -> None:
    """Switch the loopback of a fresh network namespace on: there is nothing else in it."""
    with socket.socket() as one:
        fcntl.ioctl(one, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))


def interfaces() -> list[str]:
    """What the machine could send through."""
    return [name for _, name in socket.if_nameindex()]


def main() -> None:
    """Start the program, live a day with it, stop it, and say what happened."""
    asked = json.loads(sys.stdin.read())
    if asked["alone"]:
        raise_loopback()
    scratch = Path(asked["scratch"])
    scratch.mkdir()
    calls = scratch / "calls"
    (scratch / "sitecustomize.py").write_text(HOOK.format(file=str(calls)), encoding="utf-8")
    (scratch / "temporary").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLINIC_")} | {
        "CLINIC_INSTANCE": asked["instance"], "CLINIC_PORT": str(port), "CLINIC_PLAIN_HTTP": "1", "CLINIC_DEMO": "0",
        "TMPDIR": str(scratch / "temporary"), "PYTHONPATH": f"{scratch}{os.pathsep}{ROOT}",
    }  # fmt: skip
    with (scratch / "stderr").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "clinic.start"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert process.stdout is not None
        served = next((line for line in process.stdout if line.startswith("Serving")), "")
        day = Day(served.split()[2] if served else "")
        try:
            lived(day, asked["username"], asked["password"])
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
            process.stdout.close()
    print(json.dumps({"steps": day.steps, "sizes": day.sizes, "cookies": day.cookies, "interfaces": interfaces(),
                      "calls": calls.read_text().splitlines() if calls.exists() else []}))  # fmt: skip


if __name__ == "__main__":
    main()
