"""Entry point for WSGI servers and the ``flask`` command."""

from clinic import create_app

app = create_app()
