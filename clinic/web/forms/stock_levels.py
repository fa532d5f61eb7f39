"""Forms of the unopened vials: what came or went, and how many are wanted."""

from __future__ import annotations

from wtforms.fields.choices import SelectChoice

from clinic.domain.inventory import CountKind
from clinic.web.forms.base import StrictForm, text
from clinic.web.forms.inventory import Radios

_LABELS = {
    CountKind.RECEIVED: "received",
    CountKind.SENT_BACK: "sent back",
    CountKind.LOST: "lost or broken",
    CountKind.COUNTED: "counted: so many lie here now",
}


class CountForm(StrictForm):
    """An entry about unopened vials."""

    kind = Radios("What happened", choices=[SelectChoice(value=one.value, label=_LABELS[one]) for one in CountKind])
    vials = text("Vials", 6, needed=True)
    reason = text(
        "Why",
        500,
        description="At least 10 characters for vials that went, and for a count that differs. It stays in the record.",
    )


class MinimumForm(StrictForm):
    """How many vials of a product are wanted."""

    vials = text("Unopened vials at least", 6, needed=True, description="Below this number the product is called low.")
