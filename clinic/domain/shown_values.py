"""What somebody was shown, as a digest to send back with a form: a colleague's change meanwhile is then never lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def digest(values: Mapping[str, str]) -> str:
    """A digest of named texts, whatever their order; blanks count as not there."""
    pairs = sorted((name, text) for name, text in values.items() if text)
    return hashlib.sha256(json.dumps(pairs, ensure_ascii=False).encode()).hexdigest()[:32]
