"""Hostile, foreign and unprintable text in a visit summary: printed as it stands or visibly replaced, never dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clinic.domain.visit_content import FindingContent, NoteContent, VisitContent
from clinic.pdf.visit_summary import render
from tests.pdf import contents, reading
from tests.pdf.contents import signed

IDENTIFIERS = ("Keane, Margaret", "born 3 Feb 1979", "record number 10342")


def summary(content: VisitContent) -> bytes:
    return render(content, signed(content))


@pytest.fixture(scope="module")
def usual() -> bytes:
    return summary(contents.visit())


HOSTILE = (
    "<b>bold</b> & <i>",
    "</para><para>",
    "<font color=\"[[[getattr(pow,'__globals__')['os'].system('touch /x') for _ in [0]]]]\">",
    '<img src="file:///etc/passwd"/>',
    "&amp; &lt; &#65;",
    "(parentheses) \\ backslash \\( %PDF endstream endobj",
    'O\'Brien "quoted"',
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_markup_is_printed_as_it_stands(hostile: str) -> None:
    data = summary(everywhere(hostile))
    assert reading.text(data).replace(" ", "").count(hostile.replace(" ", "")) >= 12
    assert reading.failures(data) == []
    assert reading.reader(data).attachments == {}


def everywhere(words: str) -> VisitContent:
    """A visit with the words in its free texts."""
    content = contents.visit()
    session = content.session
    assert session is not None
    sites = (replace(session.sites[0], note=words, entered_late_reason=words), *session.sites[1:])
    session = replace(
        session,
        given_by=words,
        needle=words,
        consent=words,
        sites=sites,
        syringes=(contents.syringe(lot=words, mixed_by=words, use_by_rule=words, waste_reason=words),),
    )
    patient = replace(content.patient, family_name=words, given_names=words)
    notes = (NoteContent("plan", words, words),)
    findings = (FindingContent("X-1", "warn", words, "session", words, words, words, contents.GIVEN),)
    return contents.visit(patient=patient, session=session, notes=notes, findings=findings, author=words)


def test_what_cannot_be_printed_is_shown_and_named() -> None:
    patient = replace(contents.PATIENT, family_name="A\u202egnirts 陳\x00\x07")
    data = summary(contents.visit(patient=patient))
    first = reading.pages(data)[0]
    assert "A\ufffdgnirts \ufffd\ufffd\ufffd" in first
    text = reading.text(data)
    assert "cannot be printed and are shown as \ufffd: U+0000, U+0007, U+202E, U+9673." in text
    assert "\u202e" not in text
    assert reading.failures(data) == []


def test_nothing_is_said_about_characters_when_all_are_printed(usual: bytes) -> None:
    assert "cannot be printed" not in reading.text(usual)


@pytest.mark.parametrize(
    "name",
    [
        "Παπαδοπούλου",
        "Ковальчук",
        "Žižková",
        "Nguyễn",
        "İnönü",
        "Łukasiewicz",
        "Ångström",
        "Ştefănescu",
        "Þórður",
        "Jose\u0301",
    ],
)
def test_letters_of_europe(name: str) -> None:
    import unicodedata

    data = summary(contents.visit(patient=replace(contents.PATIENT, family_name=name)))
    for text in reading.pages(data):
        assert unicodedata.normalize("NFC", name) in text
    assert "cannot be printed" not in reading.text(data)
    assert reading.failures(data) == []
