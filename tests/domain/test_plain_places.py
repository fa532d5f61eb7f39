"""Places in plain words: every muscle and side has some, and none says a muscle's name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.documents.texts import languages
from clinic.domain.injections import Purpose
from clinic.domain.plain_places import named_group, plain_level, plain_place, plain_referral, plain_side, plain_why
from clinic.domain.plans import ReferralKind

EVERY = [
    (key, group, side)
    for key, muscle in MUSCLES.items()
    for group in (None, *muscle.groups)
    for side in ((Side.RIGHT, Side.LEFT, Side.MIDLINE) if muscle.paired else (Side.MIDLINE,))
]
LATIN = {word for one in MUSCLES.values() if one.key != OTHER for word in one.label.casefold().split() if len(word) > 4}


@pytest.mark.parametrize(("muscle", "group", "side"), EVERY)
def test_every_place_has_plain_words_with_its_own_side(muscle: str, group: str | None, side: Side) -> None:
    words = plain_place(muscle, group, side)
    assert not LATIN & set(words.replace(",", "").casefold().split()) - {"gland"}
    assert "{" not in words
    if side is Side.MIDLINE:
        assert not {"left", "right"} & set(words.split())
    else:
        assert side.value in words.replace(",", "").split()
        assert side.other.value not in words.replace(",", "").split()


@pytest.mark.parametrize(
    ("muscle", "group", "side", "words"),
    [
        ("orbicularis_oculi", None, Side.LEFT, "around your left eye"),
        ("orbicularis_oculi", "lower_pretarsal", Side.RIGHT, "lower lid of your right eye"),
        ("platysma", "medial_band", Side.LEFT, "neck, left side"),
        ("platysma", "jaw", Side.RIGHT, "along your jaw, right side"),
        ("mentalis", None, Side.MIDLINE, "chin"),
        ("procerus", None, Side.MIDLINE, "between your eyebrows"),
        (OTHER, None, Side.LEFT, "another place on the left side of your face"),
    ],
)
def test_some_places_word_by_word(muscle: str, group: str | None, side: Side, words: str) -> None:
    assert plain_place(muscle, group, side) == words


@pytest.mark.parametrize("muscle", MUSCLES)
@pytest.mark.parametrize("purpose", Purpose)
def test_an_aim_promises_nothing(muscle: str, purpose: Purpose) -> None:
    aim = plain_why(muscle, purpose)
    assert aim.startswith("so that ")
    assert not {"cure", "will", "normal", "never", "always"} & set(aim.split())


def test_balance_and_tearing_have_aims_of_their_own() -> None:
    assert plain_why("frontalis", Purpose.BALANCE) == "so that both sides move more alike"
    assert plain_why("orbicularis_oculi", Purpose.TEARING) == "so that the eye waters less"


def _keys(value: Any, at: str = "") -> Iterator[str]:
    for key, inner in value.items():
        yield f"{at}{key}"
        if isinstance(inner, dict):
            yield from _keys(inner, f"{at}{key}.")


@pytest.mark.parametrize("code", languages())
def test_every_language_has_the_same_places_and_no_text_of_that_name(code: str) -> None:
    folder = files("clinic.domain") / "data" / "texts"
    english, other = (tomllib.loads((folder / one / "places.toml").read_text(encoding="utf-8")) for one in ("en", code))
    assert list(_keys(english)) == list(_keys(other))
    assert "places" not in languages()[code].texts


@pytest.mark.parametrize(("muscle", "group", "side"), EVERY)
def test_spanish_names_its_own_side_and_no_other(muscle: str, group: str | None, side: Side) -> None:
    words = plain_place(muscle, group, side, "es")
    stems = {Side.LEFT: "izquierd", Side.RIGHT: "derech"}
    assert "{" not in words
    assert {stem for stem in stems.values() if stem in words} == ({stems[side]} if side in stems else set())
    assert words != plain_place(muscle, group, side)


@pytest.mark.parametrize(
    ("muscle", "group", "side", "words"),
    [
        ("orbicularis_oculi", None, Side.LEFT, "alrededor de su ojo izquierdo"),
        ("orbicularis_oculi", "lower_pretarsal", Side.RIGHT, "párpado inferior de su ojo derecho"),
        ("corrugator_supercilii", None, Side.LEFT, "en el extremo interno de su ceja izquierda"),
        ("buccinator", None, Side.RIGHT, "dentro de su mejilla derecha"),
        ("platysma", "jaw", Side.RIGHT, "a lo largo de la mandíbula, lado derecho"),
        (OTHER, None, Side.MIDLINE, "otro lugar en el centro de su cara"),
    ],
)
def test_some_spanish_places_word_by_word(muscle: str, group: str | None, side: Side, words: str) -> None:
    assert plain_place(muscle, group, side, "es") == words


def test_an_unknown_language_reads_english_and_every_part_has_spanish_words() -> None:
    assert plain_place("mentalis", None, Side.LEFT, "xx") == "chin, left side"
    assert plain_why("mentalis", Purpose.SYNKINESIS, "es") == "para que el mentón se arrugue menos"
    assert plain_referral(ReferralKind.THERAPY, "es") == "un terapeuta facial"
    assert plain_level(0, "es") == "alcanzado, como esperábamos"
    assert [plain_side(side, "es") for side in Side] == ["derecho", "izquierdo", "centro"]


def test_only_groups_with_words_of_their_own_count_apart() -> None:
    assert named_group("platysma", "jaw") == "jaw"
    assert named_group("platysma", "medial_band") is None
    assert named_group("mentalis", None) is None


def test_every_referral_and_level_has_words() -> None:
    assert all(plain_referral(kind) for kind in ReferralKind)
    assert len({plain_level(level) for level in range(-2, 3)}) == 5
