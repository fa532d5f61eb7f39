"""Pressing a button on a patient's page: what the page says about itself goes along, as in a browser."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.test import TestResponse

from tests.factories import Client

_PAGES = {"/form/send": "/form/answers", "/form/start": "/form"}
"""Where the button of an address stands, when that is another page."""


def hidden(client: Client, path: str) -> dict[str, str]:
    """Whose form a page is of, and which question it asks."""
    return dict(re.findall(r'name="(form_id|question_id)" value="([^"]+)"', client.get(path).text))


def press(client: Client, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
    """Send a patient's page as it stands now."""
    return client.send(path, hidden(client, _PAGES.get(path, path)) | (data or {}), **more)
