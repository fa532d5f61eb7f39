"""The box about distant spread and emergencies: in every document about a treatment, never left out."""

from __future__ import annotations

from typing import Final

from clinic.domain.documents.content import Box, BoxKind, Choice
from clinic.domain.documents.texts import Language, text
from clinic.domain.quantities import NBSP

TEXT: Final = "emergency"
_ITEM: Final = "- "
CHOICE: Final = Choice(
    TEXT, "Emergency and distant spread", "stands in everything that a patient gets about a treatment", fixed=True
)


def emergency_box(words: Language, phone: str, emergency_phone: str) -> Box:
    """When to call for help, and whom; without a number of the clinic it names the local emergency number only."""
    told = text(TEXT, words.code)
    signs = told.part("signs")
    numbers = ", ".join(dict.fromkeys(one.strip() for one in (emergency_phone, phone) if one.strip()))
    call = told.part("call_clinic" if numbers else "call_local")
    lines = (*told.part("spread").body, *call.body, *(line for line in signs.body if not line.startswith(_ITEM)))
    return Box(
        BoxKind.EMERGENCY,
        signs.heading,
        tuple(line.removeprefix(_ITEM) for line in signs.body if line.startswith(_ITEM)),
        " ".join(lines).replace("{phone}", numbers.replace(" ", NBSP).replace(f",{NBSP}", ", ")),
    )
