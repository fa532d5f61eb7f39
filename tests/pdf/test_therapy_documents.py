"""The therapy documents as pages: accessible in every language and size, and the numbers that the words name are drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from io import BytesIO

import pytest
from pypdf import PdfReader

from clinic.domain.documents import home_programme, patient_reading
from clinic.domain.documents.content import Block, DocumentContent
from clinic.domain.documents.kinds import SHAPES, DocumentKind, Edition
from clinic.domain.documents.texts import language
from clinic.pdf.documents import render
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import Paper
from tests.domain.contents import full_content
from tests.domain.documents.test_home_programme import TODAY, given_one, plan
from tests.pdf import layout

FIVE = ("e2_eyes_open_pucker", "e6_gentle_closure", "e10_neck_stretch", "e11_cheek_stretch", "e13_sound_side_quiet")
KINDS = (DocumentKind.HOME_PROGRAMME, DocumentKind.MASSAGE_HANDOUT, DocumentKind.SYNKINESIS_HANDOUT)


def blocks(kind: DocumentKind, code: str) -> tuple[Block, ...]:
    words = language(code)
    if kind is DocumentKind.HOME_PROGRAMME:
        return home_programme.blocks(plan(*(given_one(key) for key in FIVE)), (), words)
    return patient_reading.massage((), words, None) if "massage" in kind else patient_reading.understanding((), words)


@cache
def pages(kind: DocumentKind, code: str, edition: Edition, paper: Paper) -> bytes:
    visit = full_content()
    title = language(code).texts[SHAPES[kind].texts[0]].title
    patient = replace(visit.patient, family_name="Keane", given_names="Margaret")
    content = DocumentContent(
        1, kind.value, title, code, TODAY, "Priya Raman", visit.clinic, patient, (), None, (), blocks(kind, code)
    )
    return render(content, Stamp("D-1", "23 Nov 2026, 09:00 CET", "issued", paper=paper, edition=edition))


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("edition", list(Edition))
@pytest.mark.parametrize("code", ["en", "es"])
@pytest.mark.parametrize("kind", KINDS)
def test_pages_are_accessible_in_every_language_and_size(
    kind: DocumentKind, code: str, edition: Edition, paper: Paper
) -> None:
    layout.check(pages(kind, code, edition, paper), large=edition is Edition.LARGE)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("edition", list(Edition))
def test_the_numbers_that_the_words_name_stand_on_the_face(edition: Edition, paper: Paper) -> None:
    data = pages(DocumentKind.SYNKINESIS_HANDOUT, "en", edition, paper)
    lines = [line for page in PdfReader(BytesIO(data)).pages for line in page.extract_text().splitlines()]
    numbers = [line for line in lines if re.fullmatch(r"[123 ]+", line)]
    assert sorted("".join(numbers).replace(" ", "")) == ["1", "1", "2", "3", "3"]
