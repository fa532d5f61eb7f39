"""Which browser holds a patient's form: its cookie, and whether a link may be used from where the request came."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from flask import current_app, request
from werkzeug.wrappers import Response

from clinic.domain.patient_forms import LASTS, Way
from clinic.web.security import token_hash

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_WHERE = "docs/patient_forms.md says how to set it up. Hand over the tablet instead."
NO_TLS = f"A link needs an encrypted connection (https), and this one is not. {_WHERE}"
NO_NETWORK = f"This computer answers to its own address only, which no other device can open. {_WHERE}"
NOT_HERE = f"A link is made and opened on the clinic’s own network only, and this request came from elsewhere. {_WHERE}"


def link_refusal() -> str:
    """Why no link can be made over this connection, in words; empty when one can."""
    if not request.is_secure:
        return NO_TLS
    host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else request.host
    if host.strip("[]") in _LOOPBACK:
        return NO_NETWORK
    return "" if on_own_network() else NOT_HERE


def may_open_link() -> bool:
    """Whether a link may be opened over this connection."""
    return request.is_secure and on_own_network()


def on_own_network(from_address: str | None = None) -> bool:
    """Whether the request, or the address given, is of the clinic's networks (CLINIC_FORM_NETWORKS)."""
    try:
        address = ip_address(from_address or request.remote_addr or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    networks = current_app.extensions["clinic_settings"].form_networks
    return any(address in one for one in networks)


def key_hash() -> str | None:
    """What the database holds of this browser's key; None when it has none."""
    key = request.cookies.get(_name())
    return token_hash(key) if key else None


def give_key(response: Response, key: str) -> None:
    """Put the key of a form into this browser, and into no other."""
    seconds = int(max(LASTS[Way.TABLET], LASTS[Way.LINK]).total_seconds())
    response.set_cookie(_name(), key, max_age=seconds, path="/", secure=_is_secure(), httponly=True, samesite="Lax")


def take_key(response: Response) -> None:
    """Take the key out of this browser again."""
    response.delete_cookie(_name(), path="/", secure=_is_secure(), httponly=True, samesite="Lax")


def _name() -> str:
    return "__Host-clinic-form" if _is_secure() else "clinic-form"


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
