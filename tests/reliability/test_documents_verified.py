"""One changed byte of what was handed over, and one made-up acceptance of a text, is found and named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clinic import verification
from clinic.domain.documents.texts import language
from tests.reliability.tampering import World, found

HANDED_OVER: dict[str, tuple[str, str]] = {
    "to whom it went": ("UPDATE issued_document SET given_to = 'somebody else'", "given_to differs"),
    "when it went and on what": (
        "UPDATE issued_document SET paper = 'Letter', issued_at = '2026-11-20 09:00:00.000000'",
        "paper, at differs",
    ),
    "the patient": (
        "UPDATE issued_document SET patient_id = (SELECT patient_id FROM visit WHERE id = '{second}')",
        "was laid out for another patient",
    ),
    "the language": ("UPDATE issued_document SET language = 'en'", "was laid out as another document"),
    "what it was laid out from": (
        'UPDATE issued_document SET content = replace(content, \'"author":"\', \'"author":"Other \')',
        "does not have the hash that was kept",
    ),
    "no content at all": ("UPDATE issued_document SET content = '{{}}'", "cannot be read"),
    "deleted": ("DELETE FROM issued_document", "is in the audit trail and missing"),
    "another hash": (f"UPDATE issued_document SET sha256 = '{'0' * 64}'", "its bytes do not have the hash"),
    "its audit entry": (
        "UPDATE audit_event SET \"values\" = '{{}}' WHERE action = 'document.handed_over'",
        "what was handed over cannot be read",
    ),
}
"""What can be done to a document that was handed over, and what verification says of it."""

_OTHER_WORDS = language("en").texts["consent"].sha256
_MADE_UP = f"""
    INSERT INTO text_approval (clinic_id, id, text_id, language, version, sha256, accepted_by, accepted_at, withdrawn_by,
    withdrawn_reason) SELECT clinic_id, 'forged', 'consent', 'en', version, '{_OTHER_WORDS}', accepted_by, accepted_at,
    '', '' FROM text_approval WHERE text_id = 'facial_massage'"""
_UNKNOWN = "text {}: is accepted here, and the audit trail does not know it so"
_MISSING = "text {}: its acceptance is in the audit trail and missing here, or was changed"

ACCEPTED: dict[str, dict[str, str]] = {
    "made up": {
        _MADE_UP: _UNKNOWN.format("en/consent"),
        f"UPDATE text_approval SET sha256 = '{_OTHER_WORDS}' WHERE text_id = 'facial_massage'": _UNKNOWN.format(
            "en/facial_massage"
        ),
        "UPDATE text_approval SET withdrawn_by = '', withdrawn_at = NULL, withdrawn_reason = ''"
        " WHERE withdrawn_at IS NOT NULL": _MISSING.format("en/emergency"),
    },
    "changed": {
        "UPDATE text_approval SET language = 'es' WHERE text_id = 'facial_massage'": _UNKNOWN.format(
            "es/facial_massage"
        ),
        "UPDATE text_approval SET accepted_by = 'Nobody'"
        " WHERE text_id = 'emergency' AND withdrawn_at IS NULL": _UNKNOWN.format("en/emergency"),
    },
    "gone": {
        "DELETE FROM text_approval WHERE text_id = 'facial_massage'": _MISSING.format("en/facial_massage"),
        "UPDATE text_approval SET accepted_at = '2026-11-20 09:00:00.000000'"
        " WHERE withdrawn_at IS NULL": _UNKNOWN.format("en/emergency"),
    },
}
"""Statements by what they do to accepted texts, with what verification says of each; all of a kind run at once."""


@pytest.mark.parametrize("what", HANDED_OVER)
def test_every_change_of_a_document_that_was_handed_over_is_found(what: str, copy: Callable[[str], World]) -> None:
    statement, expected = HANDED_OVER[what]
    problems = found(copy("copy"), (statement,))
    assert any(expected in problem for problem in problems), problems


@pytest.mark.parametrize("what", ACCEPTED)
def test_every_change_of_an_accepted_text_is_found(what: str, copy: Callable[[str], World]) -> None:
    problems = found(copy("copy"), tuple(ACCEPTED[what]))
    assert [words for words in ACCEPTED[what].values() if words not in problems] == []


def test_what_was_handed_over_and_accepted_is_counted(copy: Callable[[str], World]) -> None:
    world = copy("copy")
    report = verification.verify(world.work, world.anchors)
    assert report.problems == ()
    assert (report.counts["documents handed over"], report.counts["accepted texts"]) == (1, 3)
