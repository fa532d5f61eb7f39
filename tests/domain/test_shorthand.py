"""The shorthand line: what it means, what it refuses and where, and that a list of sites survives being written as one."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.injections import Depth, Purpose
from clinic.domain.shorthand import LENGTH_MAXIMUM, SaidSite, parse, render
from clinic.domain.shorthand_words import ABBREVIATIONS, exists

USUAL = "l ooc la 1.25x3;dao 2.5;men 2;pla jaw 1.5x4;r dli 5;fro ce 2.5;nas 2"
PLACES = [
    (key, site.key, side)
    for key, muscle in MUSCLES.items()
    for site in muscle.sites
    for side in Side
    if exists(site, side)
]


def said(text: str) -> list[tuple[str, str, str, str]]:
    """The sites of a line that has no problem."""
    line = parse(text)
    assert line.problems == (), text
    return [(site.muscle, site.sub_site, site.side.value, str(site.units)) for site in line.sites]


def refused(text: str) -> tuple[str, str]:
    """The text that the only problem of a line points at, and its words; nothing else of the item was taken."""
    line = parse(text)
    assert len(line.problems) == 1, text
    problem = line.problems[0]
    return text[problem.start : problem.end], problem.message


def test_a_usual_session_takes_at_most_seventy_key_presses() -> None:
    line = parse(USUAL)
    assert len(USUAL) + len("\n") <= 70
    assert not any(sign.isupper() or sign in "_:×" for sign in USUAL)  # One press a character.
    assert line.problems == ()
    assert len(line.sites) == 12
    assert line.units == Decimal("23.75")
    assert len({site.muscle for site in line.sites}) == 7
    assert len({site.units for site in line.sites}) == 5
    assert {site.side for site in line.sites} == {Side.LEFT, Side.RIGHT}


def test_the_documents_example_is_this_line() -> None:
    text = (Path(__file__).parents[2] / "docs" / "shorthand.md").read_text(encoding="utf-8")
    assert f"\n{USUAL}\n" in text
    refusals = re.search(r"## What is refused(.*)", text, re.DOTALL)
    assert refusals is not None
    examples = re.findall(r"^\| (`.*?`) \|", refusals[1], re.MULTILINE)
    lines = [one for row in examples for one in re.findall(r"`([^`]+)`", row)]
    assert len(lines) >= 15
    for one in lines:
        assert parse(one).problems, one
    meant = re.findall(r"^\| `([^`]+)` \| ", text[: refusals.start()], re.MULTILINE)
    assert len(meant) >= 12
    for one in meant:
        assert not [p for p in parse(one).problems if "side" not in p.message], one


def test_a_side_holds_for_the_items_after_it_until_another_is_said() -> None:
    text = "r ooc lateral_orbital 2.5 x3; mentalis 2.5; l dli 5; r platysma medial 2.5 x5"
    found = said(text)
    assert [side for _, _, side, _ in found] == ["right"] * 4 + ["left"] + ["right"] * 5
    assert parse(text).units == Decimal("27.5")
    assert found[3] == ("mentalis", "belly", "right", "2.5")


def test_an_unpaired_muscle_needs_no_side_and_ends_none() -> None:
    assert said("procerus 5") == [("procerus", "midline", "midline", "5")]
    assert [side for _, _, side, _ in said("l dao 2; pro 5; dli 1")] == ["left", "midline", "left"]
    assert said("m mentalis 2.5") == [("mentalis", "midline", "midline", "2.5")]


def test_a_side_is_never_assumed() -> None:
    for text in ("dao 5", "mentalis 2.5", "procerus 5; dao 2"):
        assert "never assumed" in refused(text)[1]
    assert refused("procerus 5; dao 2")[0] == "dao"
    assert parse("procerus 5; dao 2").sites[0].muscle == "procerus"


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("r oo 5", "oo", "orbicularis oris and orbicularis oculi"),
        ("r lls 2", "lls", "levator labii superioris alaeque nasi and levator labii superioris"),
        ("r levator labii 2", "levator labii", "Write llsan or llsup"),
        ("r zyg 1", "zyg", "zygomaticus major and zygomaticus minor"),
        ("r xyz 1", "xyz", "no muscle"),
        ("r mentals 1", "mentals", "Was it men (mentalis)"),
        ("other 1", "other", "tap it on the face"),
        ("r ooc 2.5", "ooc", "lateral_orbital (3 sites)"),
        ("r platysma 2.5 x5", "platysma", "medial_band (5 sites)"),
        ("r ooc lat 2.5", "ooc lat", "write x3"),
        ("b ooc lat 2.5 x6", "x6", "lateral_orbital has 3 sites on each side"),
        ("r pla med 2.5 x4", "x4", "lateral_band (5 sites)"),
        ("r fro 2", "fro", "name one (medial, central, lateral, upper), or write x4"),
        ("r dao 2 x2", "x2", "has 1 site"),
        ("r pla l 2.5", "l", "stands before the muscle"),
        ("dao r 5", "r", "stands before the muscle"),
        ("r l dao 5", "l", "second side"),
        ("r m 5", "m", "second side"),
        ("r mentalis midline 2", "mentalis midline", "Write m"),
        ("m dao 5", "dao", "on the midline"),
        ("b procerus 5", "procerus", "Write m before it"),
        ("r pla zz 5", "zz", "no site “zz”"),
        ("r ooc low lat mid 5", "low lat mid", "no site"),
        ("r nasalis 2,5", "2,5", "write 2.5"),
        ("r dao 2.5, men 2", "2.5,", "Items part at “;”"),
        ("r dao .5", ".5", "at most two decimals"),
        ("r dao 2.555", "2.555", "at most two decimals"),
        ("r dao 2.5u", "2.5u", "no dose"),
        ("r dao ２", "２", "no dose"),
        ("r dao -2", "-2", "no dose"),
        ("r dao 0", "0", "more than 0"),
        ("r dao 12345", "12345", "no dose"),
        ("r dao", "r dao", "dose is missing"),
        ("r dao x1", "x1", "dose is missing"),
        ("r", "r", "muscle is missing"),
        ("5", "5", "muscle is missing"),
        ("r dao 2 3", "3", "second dose"),
        ("r dao 2 men 3", "men", "not understood after the dose"),
        ("r dao 2 int", "int", "intradermal and intraglandular and intramuscular"),
        ("r dao 2 im sc", "sc", "said twice"),
        ("r dao 5; dao 3", "dao 3", "stands earlier in the line"),
        ("b dao 5; l dao 3", "l dao 3", "stands earlier in the line"),
        ("r fro me 1; fro 2 x4", "fro 2 x4", "stands earlier in the line"),
    ],
)
def test_what_is_not_understood_is_named_with_its_place(text: str, at: str, words: str) -> None:
    where, message = refused(text)
    assert where == at
    assert words in message


def test_text_is_never_dropped() -> None:
    text = "r dao 5 ;; xx 2; ; l men 1 zz"
    line = parse(text)
    covered = [(one.start, one.end) for one in (*line.items, *line.problems)]
    for part in re.finditer(r"[^;]*[^;\s][^;]*", text):
        assert any(part.start() <= start and end <= part.end() for start, end in covered), part[0]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("R DAO 5", ("depressor_anguli_oris", "belly", "right", "5")),
        ("right dao 5 units", ("depressor_anguli_oris", "belly", "right", "5")),
        ("l orbicularis oculi lateral orbital upper 1", ("orbicularis_oculi", "lateral_orbital_upper", "left", "1")),
        ("l oc lat_up 1", ("orbicularis_oculi", "lateral_orbital_upper", "left", "1")),
        ("l ooc lat_up 1", ("orbicularis_oculi", "lateral_orbital_upper", "left", "1")),
        ("l ooc low-mid 1", ("orbicularis_oculi", "lower_pretarsal_mid", "left", "1")),
        ("l pla med3 0.25", ("platysma", "medial_band_3", "left", "0.25")),
        ("l platysma lateral_band_5 1", ("platysma", "lateral_band_5", "left", "1")),
        ("l levator labii superioris 2", ("levator_labii_superioris", "belly", "left", "2")),
        ("l levator_labii_superioris_a 2", ("levator_labii_superioris_alaeque_nasi", "alar_base", "left", "2")),
        ("l zyg ma or 2", ("zygomaticus_major", "origin", "left", "2")),
        ("l lacrimal gland 2", ("lacrimal_gland", "gland", "left", "2")),
        ("l c med 2", ("corrugator_supercilii", "medial", "left", "2")),
    ],
)
def test_any_start_that_fits_one_muscle_or_site_will_do(text: str, meant: tuple[str, str, str, str]) -> None:
    assert said(text) == [meant]


def test_a_count_and_both_sides_are_per_site() -> None:
    found = parse("b ooc lat 2.5 x3")
    assert len(found.sites) == 6
    assert found.units == Decimal(15)
    assert said("r ooc lat 2.5x3") == said("r ooc lat 2.5 x 3") == said("r ooc lat 2.5 ×3")
    assert said("b men 2") == [("mentalis", "belly", "right", "2"), ("mentalis", "belly", "left", "2")]


def test_depth_and_purpose_may_stand_after_the_dose() -> None:
    site = parse("r dao 2.5 im tear").sites[0]
    assert (site.depth, site.purpose) == (Depth.INTRAMUSCULAR, Purpose.TEARING)
    assert parse("r dao 2.5").sites[0].depth is None


def test_the_echo_says_side_place_and_sums_in_words() -> None:
    first, second = parse("l ooc lat 1.25 x3; pro 5").items
    assert first.words == (
        "Orbicularis oculi, lateral orbital (crow's feet), patient’s left: 3 sites of 1.25\u00a0units each,"
        " 3.75\u00a0units in all"
    )
    assert second.words == "Procerus, midline: 5\u00a0units"


def test_every_muscle_has_abbreviations_and_none_fits_two() -> None:
    assert set(ABBREVIATIONS) == set(MUSCLES) - {OTHER}
    names = [(key, name) for key, short in ABBREVIATIONS.items() for name in (key, *short)]
    for key, short in ABBREVIATIONS.items():
        for one in short:
            assert {other for other, name in names if name.startswith(one)} == {key}, one
            assert one not in {"r", "l", "b", "m"}


def test_every_start_of_a_name_means_its_muscle_or_is_refused() -> None:
    for key in ABBREVIATIONS:
        for length in range(1, len(key) + 1):
            start = key[:length]
            message = parse(f"b {start} zz 1").problems[0].message
            # A whole name is its muscle, even where another name goes on from it.
            named = message.startswith((MUSCLES[key].label, MUSCLES.get(start.rstrip("_"), MUSCLES[key]).label))
            assert named or "fits" in message or "side" in message, (start, message)
        assert parse(f"b {key} zz 1").problems[0].message.startswith(MUSCLES[key].label)


def test_every_named_site_can_be_said_alone() -> None:
    for muscle, sub_site, side in PLACES:
        letter = side.value[0]
        assert said(f"{letter} {muscle} {sub_site} 2.5") == [(muscle, sub_site, side.value, "2.5")] or (
            sub_site == "midline" and said(f"{letter} {muscle} 2.5") == [(muscle, sub_site, side.value, "2.5")]
        )


@given(st.text(alphabet="rlbm ;.,x0123456789ocdaoimenplat_", max_size=120))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_without_a_fault_and_every_span_lies_in_it(text: str) -> None:
    line = parse(text)
    for one in (*line.items, *line.problems):
        assert 0 <= one.start < one.end <= len(text)
    assert bool(line.items or line.problems) == bool(text.replace(";", "").strip())


def test_a_long_text_is_refused_whole_and_quickly() -> None:
    line = parse("r dao 5;" * 100_000)
    assert line.items == ()
    assert line.problems[0].start == LENGTH_MAXIMUM
    assert len(parse("r " * (LENGTH_MAXIMUM // 2)).problems) == 1


DOSES = st.integers(1, 999_999).map(lambda hundredths: Decimal(hundredths).scaleb(-2))


@st.composite
def lists(draw: st.DrawFn) -> list[SaidSite]:
    """Any list of different places, some of them whole groups in their order."""
    places = draw(st.lists(st.sampled_from(PLACES), unique=True, max_size=30))
    if draw(st.booleans()):
        places.sort(key=PLACES.index)
    doses = draw(st.lists(DOSES, min_size=1, max_size=3))
    depths, purposes = st.sampled_from([None, *Depth]), st.sampled_from([None, *Purpose])
    plain = draw(st.booleans())
    return [
        SaidSite(*place, draw(st.sampled_from(doses)), *((None, None) if plain else (draw(depths), draw(purposes))))
        for place in places
    ]


@given(lists())
@settings(max_examples=300, deadline=None)
def test_a_list_of_sites_survives_being_written_as_a_line(sites: list[SaidSite]) -> None:
    line = parse(render(sites))
    assert line.problems == ()
    assert list(line.sites) == sites


@pytest.mark.parametrize("side", list(Side))
def test_every_place_of_a_side_together_survives_too(side: Side) -> None:
    sites = [SaidSite(*place, Decimal("1.25")) for place in PLACES if place[2] is side]
    assert list(parse(render(sites)).sites) == sites


def test_a_whole_group_is_written_as_one_item() -> None:
    assert render(parse("r ooc lat 2.5x3; l dao 5; fro 1 x4; m men 2").sites) == (
        "r ooc lateral_orbital 2.5 x3; l dao 5; fro 1 x4; m men 2"
    )
