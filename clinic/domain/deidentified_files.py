"""The files of an export: tables as CSV, a dictionary of their columns, a text to read first, in one ZIP.

The same export gives the same bytes, so that its hash in the audit trail says which file left the clinic.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from typing import Any, Final

from clinic.domain.csv_cells import cell
from clinic.domain.deidentified_rules import OLDEST, OTHER, SHIFT_DAYS, SMALLEST
from clinic.domain.deidentified_tables import ExportTable, Release

FORMAT: Final = 1
"""The number of this shape of files."""
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
"""A number is no formula, whatever its sign: a place on the left of the midline stays a number."""
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE: Final = 0o644 << 16

README: Final = f"""What this is
------------
Data of a group of patients of one clinic, taken out of its record of botulinum toxin treatments of the face for
research or audit. Each .csv file is one table; dictionary.json says what every column means. Only signed visits in
force are in it; what was voided is not.

How it was made
---------------
- Names, record numbers, addresses, contacts, birth dates, notes and every other free text were left out, and so were
  the ids of the record, the lots and the names of staff.
- A patient is a pseudonym. It is the same in every export of this saved search and another one in any other search.
- All dates of a patient were moved by one number of days between -{SHIFT_DAYS} and +{SHIFT_DAYS}, never 0. The time between
  any two dates of one patient is exact. Season, weekday and calendar year are not: do not study them with these data, and
  do not compare the dates of two patients.
- An onset that is known only by its month or year has no date, because the first of a month would betray the shift.
  An onset at birth or in the first year of life has neither date nor years, because they would be the age.
- Of a birth date only the age at the first session is left, in bands of 5 years, and {OLDEST} and more is one band (the
  idea of 45 CFR 164.514(b)). Who reaches {OLDEST} before their last date here is in that band too.
- Staff are R1, R2 and so on. The number says nothing, and it changes from export to export when people join.
- Where fewer than {SMALLEST} patients share a category (a cause, product, muscle, kind of event, and others: see
  dictionary.json), it is called "{OTHER}". Where that would leave one category that can be worked out from the total,
  the next smallest was taken in too.
- Blank means not known or not asked. It never means 0 or no.

Its limits
----------
De-identified is not anonymous. Rare combinations of values, long courses, or something that a reader knows already can
still point to a person. Small numbers are looked for in one column at a time, not in columns taken together. Two exports
of one search can be laid side by side, and whoever joined or left it between them stands out; exports of two searches can
be joined by the time between dates and by places on the face. Give one reader one export. Keep these files as you keep patient data, share them only with people who have agreed not to
look for anybody, and destroy them when the work is done. Counts of what happened do not prove what caused it. Units of
different products are different units: never add or compare them.
"""


def files(release: Release) -> tuple[tuple[str, bytes], ...]:
    """The files by name, in the order in which they are packed."""
    tables = tuple((f"{table.name}.csv", _csv(table)) for table in release.tables)
    return (("README.txt", README.encode()), ("dictionary.json", _dictionary(release)), *tables)


def packed(release: Release) -> bytes:
    """The files in one ZIP, with no moment in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, body in files(release):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _READABLE
            archive.writestr(entry, body)
    return out.getvalue()


def sha256(body: bytes) -> str:
    """The hash by which the audit trail knows the file."""
    return hashlib.sha256(body).hexdigest()


def _csv(table: ExportTable) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([text if _NUMBER.fullmatch(text) else cell(text) for text in row] for row in table.rows)
    return out.getvalue().encode()


def _dictionary(release: Release) -> bytes:
    hidden = {(one.table, one.column): one.categories for one in release.pooled}

    def column(table: str, one: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"name": one.name, "meaning": one.meaning}
        if one.rare:
            found["small_categories"] = f"fewer than {SMALLEST} patients: {OTHER}"
            found["categories_taken_together"] = hidden.get((table, one.name), 0)
        return found

    values = {
        "format": FORMAT,
        "patients": release.patients,
        "sessions": release.sessions,
        "dates": f"shifted for each patient by a whole number of days, -{SHIFT_DAYS} to +{SHIFT_DAYS}, never 0",
        "tables": [
            {
                "file": f"{table.name}.csv",
                "about": table.about,
                "rows": len(table.rows),
                "columns": [column(table.name, one) for one in table.columns],
            }
            for table in release.tables
        ],
    }
    return (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode()
