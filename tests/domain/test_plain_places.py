"""Places in plain words: every muscle and side has some, and none says a muscle's name."""

from __future__ import annotations

import pytest

from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.injections import Purpose
from clinic.domain.plain_places import plain_level, plain_place, plain_referral, plain_why
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


def test_every_referral_and_level_has_words() -> None:
    assert all(plain_referral(kind) for kind in ReferralKind)
    assert len({plain_level(level) for level in range(-2, 3)}) == 5
