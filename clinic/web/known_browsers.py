"""Browsers in which somebody signed in before: they have tries of their own, so that nobody else can use them up.

The cookie opens nothing. It holds, for the last few people of a computer, a seal over the person, the day and the present
password, so that a new password ends it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from flask import current_app, request
from werkzeug.wrappers import Response

from clinic.domain.sign_in import BROWSER_KNOWN
from clinic.web.work import work

PEOPLE: Final = 8
"""How many people one computer knows; the one who signed in longest ago goes first."""
_DAY: Final = 86_400
_SEAL_LENGTH: Final = 32


def is_known(user_id: str, password_hash: str) -> bool:
    """Whether this browser was used by the person with the present password, not more than a year ago."""
    today = _today()
    for day, seal in _entries():
        fresh = 0 <= today - day <= BROWSER_KNOWN.days
        if fresh and hmac.compare_digest(seal, _seal(user_id, password_hash, day)):
            return True
    return False


def remember(response: Response, user_id: str, password_hash: str) -> None:
    """Let this browser be known as the person's, beside those who were known before."""
    today = _today()
    others = [
        f"{day}-{seal}"
        for day, seal in _entries()
        if not hmac.compare_digest(seal, _seal(user_id, password_hash, day)) and today - day <= BROWSER_KNOWN.days
    ]
    value = ".".join([f"{today}-{_seal(user_id, password_hash, today)}", *others][:PEOPLE])
    age = int(BROWSER_KNOWN.total_seconds())
    response.set_cookie(_name(), value, max_age=age, path="/", secure=_is_secure(), httponly=True, samesite="Lax")


def _entries() -> list[tuple[int, str]]:
    found = []
    for one in request.cookies.get(_name(), "").split(".")[:PEOPLE]:
        day, _, seal = one.partition("-")
        if day.isascii() and day.isdigit() and len(day) < 7 and seal.isascii() and len(seal) == _SEAL_LENGTH:
            found.append((int(day), seal))
    return found


def _seal(user_id: str, password_hash: str, day: int) -> str:
    key: bytes = current_app.config["SECRET_KEY"]
    told = f"known browser\0{user_id}\0{password_hash}\0{day}".encode()
    return hmac.new(key, told, hashlib.sha256).hexdigest()[:_SEAL_LENGTH]


def _today() -> int:
    return int(work().clock().timestamp()) // _DAY


def _name() -> str:
    return "__Host-clinic-browser" if _is_secure() else "clinic-browser"


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
