"""Signing in through the page, from any address and in browsers old and new."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.factories import PASSWORD, Client

VICTIM = "prescriber"
ONE_PLACE = "198.51.100.7"


def browser(app: Flask) -> Client:
    """A browser that was never here."""
    client = app.test_client()
    assert isinstance(client, Client)
    return client


def sign_in(client: Client, username: str, password: str, address: str = "192.0.2.1") -> Any:
    """Send the sign-in form from an address."""
    typed = {"username": username, "password": password}
    return client.send("/sign-in", typed, key="the same", environ_base={"REMOTE_ADDR": address})


def usual_browser(app: Flask, username: str = VICTIM) -> Client:
    """A browser in which somebody signed in and out before."""
    client = browser(app)
    assert sign_in(client, username, PASSWORD, "192.0.2.200").status_code == 302
    assert client.send("/sign-out").status_code == 302
    return client
