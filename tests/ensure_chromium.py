"""Find the Chromium that browser tests drive, and install one where there is none: ``python -m tests.ensure_chromium``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Names under which systems install it, tried in this order after the path in CHROMIUM."""


def find() -> str | None:
    """Give the path of a Chromium that starts, or None."""
    for name in (os.environ.get("CHROMIUM", ""), *COMMANDS):
        path = shutil.which(name) if name else None
        if path and _starts(path):
            return path
    path = _from_playwright()
    return path if path and _starts(path) else None


def main() -> int:
    """Make sure that there is one; give 1 after one line that names the remedy."""
    if find():
        return 0
    if _is_debian() and os.geteuid() == 0:
        print("Installing Chromium with apt-get …", flush=True)
        _quietly(["apt-get", "update"])
        _quietly(["apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"])
    if not find():
        print("Installing Chromium with Playwright …", flush=True)
        _quietly([sys.executable, "-m", "playwright", "install", "chromium"])
    if find():
        return 0
    print(
        "No Chromium for the browser tests: install it (Debian: apt-get install chromium) or set CHROMIUM to its path.",
        file=sys.stderr,
    )
    return 1


def _from_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        path = driver.chromium.executable_path
    return path if Path(path).exists() else None


def _starts(path: str) -> bool:
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def _is_debian() -> bool:
    try:
        release = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return False
    return "ID=debian" in release.splitlines() and shutil.which("apt-get") is not None


def _quietly(command: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=900, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{command[0]}: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
