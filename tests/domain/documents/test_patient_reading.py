"""The two handouts to read: what every patient gets, what can be left out, and no massage in the first 24 hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.documents.banned_words import offences
from clinic.domain.documents.content import Beside, Block, Box, BoxKind, Bullets, Face, Heading, Paragraph
from clinic.domain.documents.patient_reading import MASSAGE, UNDERSTANDING, LastToxin, choices, massage, understanding
from clinic.domain.documents.texts import language

EN, ES = language("en"), language("es")
BERLIN = ZoneInfo("Europe/Berlin")
GIVEN = datetime(2026, 11, 22, 10, 20, tzinfo=BERLIN)


def last(hours: float) -> LastToxin:
    return LastToxin(GIVEN, GIVEN + timedelta(hours=hours))


def headings(blocks: tuple[Block, ...]) -> list[tuple[int, str]]:
    return [(one.level, one.text) for one in blocks if isinstance(one, Heading)]


def told(blocks: tuple[Block, ...]) -> str:
    found: list[str] = []
    for one in blocks:
        match one:
            case Paragraph(text=text) | Heading(text=text):
                found.append(text)
            case Bullets(items=items):
                found += items
            case Box(title=title, items=items, text=text):
                found += [title, *items, text]
            case Face(alt=alt, caption=caption):
                found += [alt, caption]
            case Beside(figure=Face() as face, blocks=inner):
                found += [told((face,)), told(inner)]
    return "\n".join(found)


def test_understanding_answers_what_patients_ask() -> None:
    found = headings(understanding((), EN))
    assert found[:2] == [(2, "What is synkinesis?"), (2, "Where does it come from?")]
    at = found.index((2, "What people ask us"))
    assert {level for level, _ in found[:at]} == {2}
    assert found[at + 1 :] == [
        (3, "Will it go away?"),
        (3, "Can it be undone?"),
        (3, "Should I have an operation?"),
        (3, "Does electrical stimulation help?"),
        (3, "Does acupuncture help?"),
        (3, "Does massage help?"),
        (3, "Can I do exercises at home?"),
        (3, "Does mindfulness help?"),
        (3, "Mirror or no mirror?"),
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("en", "It may not go away fully."),
        ("en", "By about 16 months it usually stops getting worse."),
        ("en", "About 7 in 10 people with Bell’s palsy recover fully."),
        ("en", "Do not use a home device without your therapist."),
        ("en", "They cannot tell us if it prevents or treats synkinesis."),
        ("en", "for 30 minutes a day, for 10 months"),
        ("en", "We do not know yet."),
        ("en", "No botulinum toxin is approved for synkinesis itself."),
        ("es", "Puede que no se quite del todo."),
        ("es", "Todavía no lo sabemos."),
        ("es", "Ninguna toxina botulínica está aprobada para la sincinesia."),
    ],
)
def test_understanding_says_what_is_known_and_what_is_not(code: str, words: str) -> None:
    assert words in told(understanding((), language(code)))


def test_the_figure_numbers_the_muscles_of_its_caption_without_a_dose() -> None:
    ((face, words),) = [(one.figure, one.blocks) for one in understanding((), ES) if isinstance(one, Beside)]
    assert isinstance(face, Face)
    assert [(one.number, one.muscle, one.side) for one in face.marks] == [
        (1, "depressor_anguli_oris", "right"),
        (1, "depressor_anguli_oris", "left"),
        (2, "mentalis", "midline"),
        (3, "platysma", "right"),
        (3, "platysma", "left"),
    ]
    assert {one.units for one in face.marks} == {""}
    assert [(one.x > 0) - (one.x < 0) for one in face.marks] == [-1, 1, 0, -1, 1]
    assert isinstance(words[-1], Paragraph)
    assert words[-1].text.endswith("La imagen no muestra ningún tratamiento.")
    assert "smile" not in face.alt


@pytest.mark.parametrize("code", ["en", "es"])
@pytest.mark.parametrize("key", [UNDERSTANDING, MASSAGE])
def test_each_choice_names_its_evidence_and_takes_its_part_away(code: str, key: str) -> None:
    words = language(code)

    def made(out: tuple[str, ...]) -> tuple[Block, ...]:
        return understanding(out, words) if key == UNDERSTANDING else massage(out, words, None)

    whole = told(made(()))
    for one in choices(key, (), words):
        part = words.texts[key].part(one.key)
        rest = told(made((one.key,)))
        assert part.heading in whole
        assert (part.body[-1].removeprefix("- ").removeprefix("1. ") in rest) is one.fixed
        assert one.why.startswith(part.strength.value.capitalize())
        assert one.label == EN.texts[key].part(one.key).heading
    assert [one.key for one in choices(key, {one.key for one in choices(key, (), words)}, words) if one.on] == [
        one.key for one in choices(key, (), words) if one.fixed
    ]


@pytest.mark.parametrize("code", ["en", "es"])
def test_no_page_holds_a_banned_word_or_an_open_brace(code: str) -> None:
    words = language(code)
    for page in (understanding((), words), massage((), words, last(1))):
        said = told(page)
        assert "{" not in said
        assert [one for line in said.splitlines() for one in offences(line, code)] == []


def test_what_keeps_massage_from_doing_harm_cannot_be_left_out() -> None:
    everything = [one.key for one in choices(MASSAGE, (), EN)]
    boxes = [one for one in massage(everything, EN, None) if isinstance(one, Box)]
    assert [(one.kind, one.title) for one in boxes] == [
        (BoxKind.IMPORTANT, "After botulinum toxin"),
        (BoxKind.IMPORTANT, "When not to massage"),
    ]
    assert "first 24 hours" in boxes[0].text
    assert "Never press on your eye, open or closed." in boxes[1].items


@pytest.mark.parametrize(("hours", "stands"), [(0, True), (23.99, True), (24, False), (24.01, False), (900, False)])
def test_the_hour_is_named_while_the_24_hours_run(hours: float, stands: bool) -> None:
    said = told(massage((), EN, last(hours)))
    words = "You had botulinum toxin on 22 Nov 2026. Wait with massage until 11:00 on 23 Nov 2026."
    assert (words in said.replace("\N{NO-BREAK SPACE}", " ")) is stands


def test_the_hour_is_named_in_spanish() -> None:
    said = told(massage((), ES, last(2))).replace("\N{NO-BREAK SPACE}", " ")
    assert "Espere con el masaje hasta las 11:00 del 23 nov 2026." in said


@given(st.integers(0, 3 * 366 * 86400))
def test_the_hour_is_never_too_early_and_at_most_an_hour_late(seconds: int) -> None:
    at = (datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(BERLIN)
    until = LastToxin(at, at).until
    waited = until.astimezone(UTC) - at.astimezone(UTC)
    assert timedelta(hours=24) <= waited <= timedelta(hours=25)
    assert (until.minute, until.second, until.microsecond) == (0, 0, 0)


def test_24_hours_are_24_hours_when_clocks_change() -> None:
    spring = datetime(2027, 3, 27, 10, 0, tzinfo=BERLIN)
    assert LastToxin(spring, spring).until == datetime(2027, 3, 28, 11, 0, tzinfo=BERLIN)
    autumn = datetime(2026, 10, 24, 10, 0, tzinfo=BERLIN)
    assert LastToxin(autumn, autumn).until == datetime(2026, 10, 25, 9, 0, tzinfo=BERLIN)
