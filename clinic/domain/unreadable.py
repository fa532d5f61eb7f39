"""Signs that nobody sees and that change how a text is read."""

from __future__ import annotations

import re
from typing import Final

UNREADABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Controls, and overrides of the reading direction: pasted, they can show a side or a dose as another one."""
UNREADABLE_TEXT: Final = (
    "This holds an invisible sign that changes how it is read. Delete the text and type it by hand."
)
