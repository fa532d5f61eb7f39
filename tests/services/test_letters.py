"""Letters through the use cases: begun, changed, discarded, issued once; and a clinic's own words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.documents.content import Paragraph, canonical, digest
from clinic.domain.documents.kinds import LETTERS, DocumentKind, Edition
from clinic.domain.documents.letter_texts import built_in
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.muscle_blocks import BlockEntry
from clinic.domain.plans import Referral, ReferralKind
from clinic.domain.quantities import NBSP
from clinic.domain.visits import Disposition
from clinic.models import IssuedDocument, Letter, LetterState
from clinic.queries.document_contents import document_draft
from clinic.queries.document_heads import Ask
from clinic.queries.issued_documents import handed_over
from clinic.queries.letter_pages import LetterPage, letter_page, patient_letters, referral_asked
from clinic.services import letter_templates, letters, signing, visits
from clinic.services.blocks import record_block
from clinic.services.issued_documents import Print
from clinic.services.letter_templates import TemplateWords
from clinic.services.letters import LetterWords
from clinic.services.referrals import make_referral
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient

KIND = DocumentKind.REFERRER_LETTER
WORDS = LetterWords("Dr R. Green", "1 High Street\nTown", "About {{patient}}, {{last session}}.", "Yours")
OWN = TemplateWords(KIND.value, "Ours", "Hello {{recipient}}", "Bye")


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A patient with one signed session of 12.5 units, and a new draft 90 days later."""
    return Charting.after_a_session(work, clinic, clock)


def begun(charting: Charting, kind: DocumentKind = KIND, **values: Any) -> str:
    with charting.writing() as uow:
        return letters.start_letter(uow, charting.patient_id, kind, **values)


def page(charting: Charting, letter_id: str) -> LetterPage:
    with charting.reading() as uow:
        return letter_page(uow, letter_id)


def save(charting: Charting, letter_id: str, words: LetterWords = WORDS, version: int = 0) -> None:
    version = version or page(charting, letter_id).letter.edit_version
    with charting.writing() as uow:
        letters.save_letter(uow, letter_id, version, words)


def printed(shown: LetterPage, document_id: str = "d" * 26) -> Print:
    """The letter as if laid out: what is kept is bytes, whatever they hold."""
    content = shown.draft.content
    return Print(
        id=document_id,
        kind=shown.letter.kind.value,
        title=content.title,
        language="en",
        edition=Edition.NORMAL,
        paper="A4",
        visit_id=content.visit_id,
        content=canonical(content).decode(),
        content_sha256=digest(content),
        body=b"%PDF letter",
    )


def issue(charting: Charting, letter_id: str, seen: LetterPage, **values: Any) -> str:
    given = {"given_to": "Dr R. Green", "purpose": "letter", "shown": digest(seen.draft.content)} | values
    with charting.writing() as uow:
        return letters.issue_letter(uow, letter_id, seen.letter.edit_version, printed(seen), **given)


def text_of(shown: LetterPage) -> str:
    return " ".join(one.text for one in shown.draft.content.blocks if isinstance(one, Paragraph))


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_begins_with_the_programs_words_and_the_usual_question(charting: Charting, kind: DocumentKind) -> None:
    shown = page(charting, begun(charting, kind, recipient="Dr R. Green"))
    assert shown.letter.closing == built_in()[kind].closing
    assert "{{question}}" not in shown.letter.opening
    assert shown.draft.problems == ()
    assert "{{" not in repr(shown.draft.content.blocks)
    assert shown.letter.written_by == shown.draft.content.author == charting.clinic.prescriber.name


def test_values_come_from_the_record(charting: Charting) -> None:
    letter_id = begun(charting)
    opening = (
        "{{patient}}|{{first name}}|{{birth date}}|{{side}}|{{sessions}}|{{last session}}|{{last total}}|{{recipient}}"
    )
    save(charting, letter_id, replace(WORDS, opening=opening))
    total = f"12.5{NBSP}units onabotulinumtoxinA (Botox)"
    expected = f"Margaret Keane|Margaret|3 Feb 1979|patient’s left|1 session|22 Nov 2026|{total}|Dr R. Green"
    assert expected in text_of(page(charting, letter_id))
    assert page(charting, letter_id).draft.content.recipient == ("Dr R. Green", "1 High Street", "Town")


def test_a_draft_visit_is_named_and_not_told(charting: Charting) -> None:
    charting.chart_usual_sites()
    shown = page(charting, begun(charting))
    assert any("is not signed" in note for note in shown.draft.notes)
    assert "1 on record" in repr(shown.draft.content.blocks)


def test_without_a_session_the_placeholder_is_unfilled_with_why(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting(work, clinic, clock, make_patient(work, clinic.prescriber), "")
    shown = page(charting, begun(charting, recipient="Dr R. Green"))
    assert "{{last session}}" in shown.draft.content.unknown
    assert any("no session of botulinum toxin is on record" in one for one in shown.draft.problems)


def test_an_unknown_placeholder_keeps_it_from_being_issued(charting: Charting) -> None:
    letter_id = begun(charting)
    save(charting, letter_id, replace(WORDS, opening="{{7*7}} <b>x</b>"))
    shown = page(charting, letter_id)
    assert shown.draft.content.unknown == ("{{7*7}}",)
    assert "<b>x</b>" in text_of(shown)
    with pytest.raises(Invalid, match="not a placeholder"):
        issue(charting, letter_id, shown)
    assert page(charting, letter_id).is_open


def test_what_a_person_typed_is_never_filled_again(charting: Charting) -> None:
    letter_id = begun(charting)
    save(charting, letter_id, replace(WORDS, recipient="{{patient}}", opening="Dear {{recipient}}"))
    shown = page(charting, letter_id)
    assert "Dear {{patient}}" in text_of(shown)
    assert shown.draft.content.recipient[0] == "{{patient}}"
    assert "Dear Margaret" not in text_of(shown)


def test_parts_are_left_out_and_kept_so(charting: Charting) -> None:
    letter_id = begun(charting)
    save(charting, letter_id, replace(WORDS, left_out=frozenset({"scores", "plan"})))
    shown = page(charting, letter_id)
    assert shown.letter.left_out == {"scores", "plan"}
    assert [one.key for one in shown.draft.choices if not one.on] == ["scores", "plan"]
    with pytest.raises(Invalid):
        save(charting, letter_id, replace(WORDS, left_out=frozenset({"course"})))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"recipient": "x" * 201}, "recipient"),
        ({"address": "x" * 401}, "address"),
        ({"opening": "x" * 6001}, "opening"),
        ({"closing": "x" * 6001}, "closing"),
    ],
)
def test_what_is_too_long_is_refused_beside_its_field(charting: Charting, change: dict[str, str], field: str) -> None:
    letter_id = begun(charting)
    with pytest.raises(Invalid) as refused:
        save(charting, letter_id, replace(WORDS, **change))
    assert list(refused.value.fields) == [field]
    save(charting, letter_id, replace(WORDS, **{name: value[:-1] for name, value in change.items()}))


def test_a_stale_save_changes_nothing(charting: Charting) -> None:
    letter_id = begun(charting)
    save(charting, letter_id)
    with pytest.raises(Stale, match="changed this letter meanwhile"):
        save(charting, letter_id, replace(WORDS, opening="Mine"), version=1)
    assert page(charting, letter_id).letter.opening == WORDS.opening


def test_who_saves_is_the_author(charting: Charting) -> None:
    letter_id = begun(charting)
    therapist = charting.clinic.people[Role.THERAPIST]
    with charting.work.writing(therapist) as uow:
        letters.save_letter(uow, letter_id, 1, WORDS)
    shown = page(charting, letter_id)
    assert shown.draft.content.author == therapist.name
    assert any(therapist.name in note for note in shown.draft.notes)


def test_an_assistant_may_not_write(charting: Charting) -> None:
    letter_id = begun(charting)
    with pytest.raises(NotPermitted), charting.work.writing(charting.clinic.people[Role.ASSISTANT]) as uow:
        letters.save_letter(uow, letter_id, 1, WORDS)
    with pytest.raises(NotPermitted), charting.work.writing(charting.clinic.people[Role.ASSISTANT]) as uow:
        letters.start_letter(uow, charting.patient_id, KIND)


def test_it_is_issued_once_and_never_changed_again(charting: Charting) -> None:
    letter_id = begun(charting)
    save(charting, letter_id)
    shown = page(charting, letter_id)
    document_id = issue(charting, letter_id, shown)
    with charting.reading() as uow:
        kept = uow.session.scalars(select(IssuedDocument).where(IssuedDocument.id == document_id)).one()
        assert (kept.kind, kept.given_to, kept.patient_id) == (KIND.value, "Dr R. Green", charting.patient_id)
    after = page(charting, letter_id)
    assert (after.letter.state, after.letter.document_id) == (LetterState.ISSUED, document_id)
    assert after.content == shown.draft.content
    for again in (lambda: issue(charting, letter_id, after), lambda: save(charting, letter_id)):
        with pytest.raises(Frozen, match="a second time"):
            again()
    with charting.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(IssuedDocument)) == 1


def test_a_fact_that_changed_since_it_was_read_stops_the_issue(charting: Charting) -> None:
    letter_id = begun(charting)
    save(charting, letter_id)
    shown = page(charting, letter_id)
    charting.signed()
    with pytest.raises(Stale, match="record changed"):
        issue(charting, letter_id, shown)
    now = page(charting, letter_id)
    with pytest.raises(Stale, match="record changed"):
        issue(charting, letter_id, now, shown=digest(shown.draft.content))
    assert page(charting, letter_id).is_open
    issue(charting, letter_id, now)


def test_nothing_is_issued_without_saying_to_whom(charting: Charting) -> None:
    letter_id = begun(charting)
    save(charting, letter_id)
    with pytest.raises(Invalid) as refused:
        issue(charting, letter_id, page(charting, letter_id), given_to=" ")
    assert "given_to" in refused.value.fields
    assert page(charting, letter_id).is_open


def test_a_discarded_letter_comes_back_as_it_was(charting: Charting) -> None:
    letter_id = begun(charting)
    save(charting, letter_id)
    with charting.writing() as uow:
        letters.discard_letter(uow, letter_id, 2)
    with charting.reading() as uow:
        assert [one.id for one in patient_letters(uow, charting.patient_id).discarded] == [letter_id]
    with pytest.raises(Frozen):
        save(charting, letter_id)
    with charting.writing() as uow:
        letters.restore_letter(uow, letter_id)
    assert page(charting, letter_id).letter.opening == WORDS.opening
    assert page(charting, letter_id).is_open
    with pytest.raises(NotFound), charting.writing() as uow:
        letters.restore_letter(uow, letter_id)


def test_ids_of_others_are_not_found(charting: Charting, other_clinic: ClinicWorld) -> None:
    letter_id = begun(charting)
    stranger = make_patient(charting.work, charting.clinic.prescriber, family_name="Other")
    with charting.work.writing(other_clinic.prescriber) as uow:
        for act in (
            lambda: letters.start_letter(uow, charting.patient_id, KIND),
            lambda: letters.save_letter(uow, letter_id, 1, WORDS),
            lambda: letters.discard_letter(uow, letter_id, 1),
            lambda: letter_page(uow, letter_id),
        ):
            with pytest.raises(NotFound):
                act()
        letter_templates.write_template(uow, OWN)  # A change of its own: the unit of work insists on one.
    with pytest.raises(NotFound), charting.writing() as uow:
        letters.start_letter(uow, stranger, KIND, visit_id=charting.visit_id)
    with pytest.raises(NotFound), charting.reading() as uow:
        document_draft(uow, Ask(KIND, stranger, letter_id=letter_id))
    with pytest.raises(NotFound), charting.reading() as uow:
        document_draft(uow, Ask(DocumentKind.THERAPIST_LETTER, charting.patient_id, letter_id=letter_id))


def test_a_referral_lends_its_recipient_and_its_own_words(charting: Charting) -> None:
    question = "Is the cornea safe?\nPalsy: something generated"
    with charting.writing() as uow:
        referral = Referral(ReferralKind.OPHTHALMOLOGY, "Eye clinic", question)
        item_id = make_referral(uow, charting.patient_id, referral)
        other = make_referral(uow, charting.patient_id, Referral(ReferralKind.PSYCHOLOGY, "", "Please help."))
    with charting.reading() as uow:
        asked = referral_asked(uow, charting.patient_id, item_id)
        with pytest.raises(NotFound):
            referral_asked(uow, charting.patient_id, other)
    assert (asked.kind, asked.recipient, asked.question) == (
        DocumentKind.OPHTHALMOLOGY_LETTER,
        "Eye clinic",
        "Is the cornea safe?",
    )
    letter_id = begun(charting, asked.kind, recipient=asked.recipient, question=asked.question)
    shown = page(charting, letter_id)
    assert "Is the cornea safe?" in shown.letter.opening
    assert shown.letter.recipient == "Eye clinic"


def test_the_clinics_newest_words_are_used_and_a_retired_one_breaks_no_letter(charting: Charting) -> None:
    with charting.writing() as uow:
        letter_templates.write_template(uow, replace(OWN, opening="Older"))
    charting.clock.move(days=1)
    with charting.writing() as uow:
        template_id = letter_templates.write_template(uow, OWN)
    letter_id = begun(charting, recipient="Dr R. Green")
    assert page(charting, letter_id).letter.template_id == template_id
    with charting.writing() as uow:
        letter_templates.change_template(uow, template_id, 1, replace(OWN, opening="Changed"))
        letter_templates.retire_template(uow, template_id)
    shown = page(charting, letter_id)
    assert "Hello Dr R. Green" in text_of(shown)
    assert page(charting, begun(charting)).letter.opening == "Older"


def test_a_template_that_is_gone_breaks_no_letter(charting: Charting) -> None:
    letter_id = begun(charting, recipient="Dr R. Green")
    with charting.writing() as uow:
        uow.session.get_one(Letter, (uow.clinic_id, letter_id)).template_id = "gone" * 6
        letter_templates.write_template(uow, OWN)
    shown = page(charting, letter_id)
    assert shown.draft.problems == ()
    issue(charting, letter_id, shown)


def with_a_block(charting: Charting) -> str:
    """A referral for an operation from the draft, in which a muscle was numbed for a test."""
    with charting.writing() as uow:
        record_block(uow, charting.visit_id, BlockEntry("depressor_anguli_oris", Side.LEFT, "lidocaine", 5))
    letter_id = begun(charting, DocumentKind.NEUROLYSIS_REFERRAL, visit_id=charting.visit_id)
    assert blocks_told(charting, letter_id) == 1
    return letter_id


def blocks_told(charting: Charting, letter_id: str) -> int:
    return repr(page(charting, letter_id).draft.content.blocks).count("lidocaine")


def test_a_test_block_of_a_discarded_visit_is_not_told(charting: Charting) -> None:
    letter_id = with_a_block(charting)
    version = charting.version()
    with charting.writing() as uow:
        visits.discard(uow, charting.visit_id, version, "Begun for another patient")
    assert blocks_told(charting, letter_id) == 0


def test_a_test_block_of_a_voided_visit_is_not_told(charting: Charting) -> None:
    letter_id = with_a_block(charting)
    charting.signed()
    assert blocks_told(charting, letter_id) == 1
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "Signed in the wrong record.", Disposition.NOT_GIVEN)
    assert blocks_told(charting, letter_id) == 0


def test_a_letter_is_superseded_by_a_change_of_its_visit_only_when_that_came_later(charting: Charting) -> None:
    before, after = (begun(charting, visit_id=charting.first) for _ in range(2))
    for letter_id in (before, after):
        save(charting, letter_id)
    first = issue(charting, before, page(charting, before))
    charting.clock.move(minutes=5)
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.first, "Signed in the wrong record.", Disposition.GIVEN)
    charting.clock.move(minutes=5)
    save(charting, after, replace(WORDS, opening="About {{patient}}."))
    seen = page(charting, after)
    with charting.writing() as uow:
        last = letters.issue_letter(
            uow,
            after,
            seen.letter.edit_version,
            printed(seen, "e" * 26),
            given_to="Dr R. Green",
            purpose="",
            shown=digest(seen.draft.content),
        )
    with charting.reading() as uow:
        marks = {row.id: row.superseded for row in handed_over(uow, charting.patient_id)}
    assert marks[first] is not None
    assert marks[first].by_visit
    assert marks[last] is None
