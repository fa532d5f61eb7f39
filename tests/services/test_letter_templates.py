"""A clinic's own words for letters: checked, written by a prescriber only, never changed over somebody's head."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clinic.domain.actors import Role
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.errors import Invalid, NotPermitted, Stale
from clinic.services import letter_templates
from clinic.services.letter_templates import TemplateWords
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld

OWN = TemplateWords(DocumentKind.REFERRER_LETTER.value, "Ours", "Hello {{recipient}}", "Bye")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "visit summary"}, "kind"),
        ({"name": " "}, "name"),
        ({"opening": "{{7*7}}"}, "opening"),
        ({"closing": "{{patient"}, "closing"),
        ({"opening": "", "closing": ""}, "opening"),
        ({"opening": "x" * 6001}, "opening"),
    ],
)
def test_words_of_a_template_are_checked(work: Work, clinic: ClinicWorld, change: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused, work.writing(clinic.prescriber) as uow:
        letter_templates.write_template(uow, replace(OWN, **change))
    assert field in refused.value.fields


def test_only_a_prescriber_writes_templates_and_a_stale_change_is_refused(work: Work, clinic: ClinicWorld) -> None:
    with pytest.raises(NotPermitted), work.writing(clinic.people[Role.THERAPIST]) as uow:
        letter_templates.write_template(uow, OWN)
    with work.writing(clinic.prescriber) as uow:
        template_id = letter_templates.write_template(uow, OWN)
    with work.writing(clinic.prescriber) as uow:
        letter_templates.change_template(uow, template_id, 1, replace(OWN, name="New"))
    with pytest.raises(Stale), work.writing(clinic.prescriber) as uow:
        letter_templates.change_template(uow, template_id, 1, OWN)
