"""The commands that must work where the application cannot be made: without keys, with a wrong setting."""

from __future__ import annotations

from flask import Flask

from clinic.cli.group import clinic

WITHOUT_APPLICATION = frozenset({"doctor"})


def without_application() -> Flask:
    """An application with these commands alone: no database, no page."""
    app = Flask("clinic")
    app.cli.add_command(clinic)
    return app
