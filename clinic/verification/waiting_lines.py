"""The kept lines of the work lists: what is looked up is what the record gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from clinic.queries.waiting_lines import State, kept_lines, made_lines
from clinic.queries.waiting_lists import clinic_days
from clinic.services.accounts import system_actor
from clinic.unit_of_work import Work
from clinic.verification.chains import UNREADABLE
from clinic.verification.report import Problem


def check(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name every patient whose kept lines are not those made from the record; lines that are out of date are not used."""
    with work.reading(system_actor(clinic_id)) as uow:
        try:
            if not State(uow).is_current:
                return
            kept, made = kept_lines(uow), made_lines(uow, clinic_days(uow))
        except UNREADABLE:
            yield Problem(f"work lists of clinic {clinic_id}", "a row cannot be read; it was changed")
            return
    counts["lines of work lists"] += len(kept)
    for patient_id in sorted({line[3] for line in kept ^ made}):
        yield Problem(f"work lists, patient {patient_id}", "the kept lines are not what the record gives")
