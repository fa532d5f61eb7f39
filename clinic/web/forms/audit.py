"""The form that finds a patient's entries without putting a record number into an address."""

from __future__ import annotations

from clinic.web.forms.base import StrictForm, text


class RecordNumberForm(StrictForm):
    """A patient by record number."""

    record_number = text("Record number", 40, needed=True)
