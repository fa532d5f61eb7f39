"""Find the nginx that the test of several servers needs, and install one where there is none: ``python -m tests.ensure_nginx``."""

from __future__ import annotations

import os
import shutil
import sys

from tests.ensure_chromium import _is_debian, _quietly

PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
"""Systems keep it where only an administrator's PATH looks."""


def find() -> str | None:
    """Give its path, or None."""
    return shutil.which("nginx", path=PLACES)


def ensured() -> str:
    """Give its path, after installing Debian's package where that can be done. Raises RuntimeError that names the remedy."""
    if find() is None and _is_debian() and os.geteuid() == 0:
        print("Installing nginx with apt-get …", flush=True)
        _quietly(["apt-get", "update"])
        _quietly(["apt-get", "install", "--yes", "--no-install-recommends", "nginx-light"])
    found = find()
    if found is None:
        raise RuntimeError(
            "No nginx for the test of several servers: install it (Debian: apt-get install nginx-light)."
        )
    return found


def main() -> int:
    """Make sure that there is one; give 1 after one line that names the remedy."""
    try:
        ensured()
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
