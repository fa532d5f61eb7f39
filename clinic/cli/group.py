"""The group of commands, and what all of them need."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import click
from flask import current_app
from flask.cli import AppGroup

from clinic.config import Settings
from clinic.unit_of_work import Work

clinic = AppGroup("clinic", help="Set up and check the clinic record.")


def work() -> Work:
    """The application's maker of units of work."""
    return cast(Work, current_app.extensions["clinic_work"])


def settings() -> Settings:
    """The installation's settings."""
    return cast(Settings, current_app.extensions["clinic_settings"])


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; silent elsewhere."""
    with click.progressbar(length=1, label=label, hidden=not sys.stderr.isatty(), file=sys.stderr) as bar:

        def told(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield told
