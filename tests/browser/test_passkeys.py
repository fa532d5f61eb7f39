"""A passkey in a real Chromium with a virtual authenticator: added on the account page, and the way in afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.factories import ClinicWorld


def test_a_passkey_is_added_and_signs_in(screens: Callable[..., Any], clinic: ClinicWorld) -> None:
    """S-09: the ceremony end to end, under the strict policy of the page."""
    screen = screens(clinic.prescriber)
    page, address = screen.page, screen.address
    devices = screen.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    page.goto(f"{address}/account/security")
    page.get_by_label("Name for your list").fill("Laptop in room 2")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have them on paper").click()
    expect(page.get_by_role("cell", name="Laptop in room 2", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out").first.click()
    page.goto(f"{address}/sign-in?next=/patients")
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page).to_have_url(f"{address}/patients")
