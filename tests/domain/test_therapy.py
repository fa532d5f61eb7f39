"""The library of exercises, read strictly; and which of them a patient's patterns suggest, with the reason."""

from __future__ import annotations

import random
from datetime import date, timedelta
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import OWN_MOVEMENT, Cell, Group, Movement, Place
from clinic.domain.exercises import FILE, LibraryError, exercise_title, library, parse_library
from clinic.domain.flaccid import flaccid_reasons
from clinic.domain.injections import Answer
from clinic.domain.patients import Cause
from clinic.domain.planning import propose, spoken
from clinic.domain.planning_facts import Palsy, PlanningFacts
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.therapy import MOST_AT_ONCE, choose, refused, suggested, therapist_window

TODAY = date(2026, 11, 22)
LONG_AGO = date(2024, 3, 14)
TEXT = (files("clinic.domain") / "data" / FILE).read_text(encoding="utf-8")
BANNED = ("cure", "best", "guarantee", "permanent", "reverse", "90 percent", "90 %", "proven", "safe and effective")


def palsy(side: Side = Side.LEFT, first: date | None = LONG_AGO, last: date | None = None) -> Palsy:
    return Palsy(f"p-{side}", side, Cause.BELLS_PALSY, first, last or first)


def cell(text: str, grade: int | None = 2, bother: int | None = 2, side: Side = Side.LEFT) -> Cell:
    movement, group = text.split()
    return Cell(Place(side, Movement(movement), Group(group)), grade, bother)


def facts(*cells: Cell, palsies: tuple[Palsy, ...] = (palsy(),), **values: object) -> PlanningFacts:
    return PlanningFacts(TODAY, 47, palsies=palsies, cells=cells, **values)  # type: ignore[arg-type]


def ids(found: PlanningFacts, open_ids: tuple[str, ...] = ()) -> list[str]:
    return [one.exercise.short for one in suggested(found, open_ids)]


# --- the library ---------------------------------------------------------------------------------------------------


def test_the_library_holds_the_sixteen_exercises_in_order() -> None:
    assert [one.short for one in library().values()] == [f"e{number}" for number in range(1, 17)]
    assert exercise_title("e2_eyes_open_pucker") == "Lip pucker with eyes open"
    assert exercise_title("e99_gone") == "e99_gone"


def test_no_dose_that_nobody_read_passes_for_a_published_one() -> None:
    assert {one.id for one in library().values() if one.dose_verified} == set()


def test_the_words_promise_nothing() -> None:
    for one in library().values():
        said = " ".join((one.title, *one.steps, one.dose, one.cue, one.stop_rule, one.evidence)).casefold()
        assert [word for word in BANNED if word in said] == [], one.id
        assert one.stop_rule.startswith(("Stop", "Not")), one.id


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('title = "Rest scan"', 'title = "Rest scan"\nreps = 5', "exercises.toml: e1_rest_scan: unknown key reps"),
        ('title = "Rest scan"\n', "", "exercises.toml: e1_rest_scan: title is missing"),
        ('"rest brow"', '"rest ear"', "unknown part of the face in “rest ear”"),
        ('"rest brow"', '"nod brow"', "unknown movement in “nod brow”"),
        ('"rest brow"', '"brow_raise brow"', "is the movement itself and no pattern"),
        ('strength = "randomised trial"', 'strength = "strong"', "e1_rest_scan: unknown strength strong"),
        ('sources = ["beurskens_2006"]', 'sources = ["nobody"]', "unknown source nobody"),
        ('sources = ["beurskens_2006"]', "sources = []", "sources are missing"),
        ('dose_basis = "not verified"', 'dose_basis = "published"', "dose_source belongs to a published dose"),
        ('dose_basis = "not verified"', 'dose_basis = "sure"', "unknown dose_basis sure"),
        (
            "control = false\ncomfort = true",
            "control = true\ncomfort = true",
            "comfort cannot be an exercise for control",
        ),
        ("control = false", 'control = "no"', "control must be true or false"),
        ('id = "e2_eyes_open_pucker"', 'id = "e1_rest_scan"', "e1_rest_scan: id is there twice"),
        ('"rest chin 2/2"', '"rest chin 4/2"', "“rest chin 4/2” is no graded cell"),
        ('"rest chin 2/2"', '"rest chin"', "“rest chin” is no graded cell"),
        ('fires = ["rest chin 2/2"]', "fires = []", "e1_rest_scan: examples are missing"),
        (', "rest chin 0/1"]', "]", "e1_rest_scan: examples are missing"),
        ("{ fires", "{ never = [], fires", "examples must be fires, boundary and silent"),
        ('version = "1"', "", "version is missing"),
        ('version = "1"', 'version = "1"\nauthor = "x"', "unknown key author"),
    ],
)
def test_a_library_with_a_fault_is_refused_by_its_name(old: str, new: str, words: str) -> None:
    assert old in TEXT
    with pytest.raises(LibraryError) as refused:
        parse_library(TEXT.replace(old, new, 1))
    assert words in str(refused.value)
    assert str(refused.value).startswith("exercises.toml")


@pytest.mark.parametrize("key", list(library()))
def test_the_librarys_own_examples_hold(key: str) -> None:
    one = library()[key]
    above, below = one.examples.boundary or ((), ())
    fires = (*one.examples.fires, *([above] if above else []))
    silent = (*one.examples.silent, *([below] if below else []))
    assert [each.place.key for each in fires if one.short not in ids(facts(each))] == []
    assert [each.place.key for each in silent if one.short in ids(facts(each))] == []


# --- the choice ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        ("pucker eye", "e2"),
        ("small_smile eye", "e3"),
        ("big_smile eye", "e3"),
        ("chewing eye", "e4"),
        ("speech eye", "e15"),
        ("gentle_closure mouth_corner", "e6"),
        ("tight_closure cheek", "e6"),
        ("brow_raise mouth_corner", "e7"),
        ("pucker chin", "e9"),
        ("snarl neck", "e8"),
        ("big_smile mouth_corner", "e5"),
        ("pucker other_side", "e13"),
    ],
)
def test_each_pattern_brings_its_own_exercise_first(pattern: str, first: str) -> None:
    assert ids(facts(cell(pattern)))[0] == first


def test_an_oral_ocular_face_is_offered_pucker_teeth_and_cheeks_with_open_eyes() -> None:
    assert set(ids(facts(cell("pucker eye")))) >= {"e2", "e3", "e4"}


def test_a_chin_and_a_neck_bring_release_stretch_and_the_small_smile() -> None:
    found = ids(facts(cell("pucker chin"), cell("tight_closure neck")))
    assert set(found) >= {"e9", "e10", "e5"}
    assert found.index("e5") < found.index("e10")  # Training a movement comes before a stretch.


def test_the_patients_priority_comes_before_bother_and_grade() -> None:
    mild = cell("pucker chin", 1, 1)
    strong = cell("pucker eye", 3, 3)
    assert ids(facts(strong, mild))[0] == "e2"
    assert ids(facts(strong, mild, priorities=(Group.CHIN,)))[0] == "e9"


def test_bother_comes_before_grade_and_unasked_bother_after_both() -> None:
    assert ids(facts(cell("pucker eye", 3, 1), cell("pucker chin", 1, 3)))[0] == "e9"
    assert ids(facts(cell("pucker eye", 3, None), cell("pucker chin", 1, 1)))[0] == "e9"


@pytest.mark.parametrize("quiet", [cell("pucker eye", 0), cell("pucker eye", None, 3), cell("pucker eye", 3, 0)])
def test_what_is_not_seen_or_not_minded_asks_for_nothing(quiet: Cell) -> None:
    assert ids(facts(quiet)) == []


def test_tearing_has_no_exercise() -> None:
    assert ids(facts(cell("chewing tearing"))) == []


@pytest.mark.parametrize(("days", "expected"), [(99, []), (100, ["e2"]), (101, ["e2"])])
def test_nothing_before_day_100_and_advice_instead(days: int, expected: list[str]) -> None:
    found = choose(facts(cell("pucker eye"), palsies=(palsy(first=TODAY - timedelta(days=days)),)))
    assert [one.exercise.short for one in found.suggested][:1] == expected
    assert any("Before day 100" in words for words in found.advice) is (not expected)


def test_an_onset_that_may_lie_on_either_side_of_day_100_is_asked_for() -> None:
    span = palsy(first=TODAY - timedelta(days=110), last=TODAY - timedelta(days=80))
    found = choose(facts(cell("pucker eye"), palsies=(span,)))
    assert found.suggested == ()
    assert "80 to 110 days back" in found.lacks[0].words


def test_without_an_onset_a_grid_or_a_palsy_nothing_is_guessed() -> None:
    assert "onset" in choose(facts(cell("pucker eye"), palsies=(palsy(first=None),))).lacks[0].words
    assert "no synkinesis grid" in choose(facts()).lacks[0].words
    assert "No palsy is on record" in choose(facts(cell("pucker eye"), palsies=())).lacks[0].words
    wrong_side = choose(facts(cell("pucker eye", side=Side.RIGHT)))
    assert wrong_side.suggested == ()
    assert "patient’s right, where no palsy is on record" in wrong_side.lacks[0].words


@pytest.mark.parametrize(
    "values",
    [
        {"house_brackmann": {Side.LEFT: 6}},
        {"asked": {PlanningQuestion.NO_MOVEMENT: Answer.YES}},
        {"movements": {(Side.LEFT, name): 1 for name in ("brow", "closure", "smile", "snarl", "pucker")}},
    ],
)
def test_a_flaccid_face_is_offered_comfort_only_and_told_why(values: dict[str, object]) -> None:
    found = choose(facts(cell("pucker eye"), **values))
    assert found.suggested
    assert not any(one.exercise.control for one in found.suggested)
    assert all("comfort only" in one.reason for one in found.suggested)
    assert "Nothing moves on this side yet" in found.advice[0]


def test_four_movements_graded_or_one_that_moves_is_not_flaccid() -> None:
    names = ("brow", "closure", "smile", "snarl", "pucker")
    four = {(Side.LEFT, name): 1 for name in names[:4]}
    assert not flaccid_reasons(facts(movements=four))
    assert not flaccid_reasons(facts(movements=four | {(Side.LEFT, "pucker"): 2}))
    assert not flaccid_reasons(facts(house_brackmann={Side.LEFT: 5}))


@pytest.mark.parametrize(
    ("graded", "moved", "expected"),
    [
        (TODAY - timedelta(days=90), None, True),
        (TODAY - timedelta(days=91), None, False),
        (TODAY - timedelta(days=30), TODAY - timedelta(days=30), True),
        (TODAY - timedelta(days=30), TODAY - timedelta(days=29), False),
    ],
)
def test_a_grade_six_that_is_old_or_overtaken_by_a_movement_is_not_flaccid(
    graded: date, moved: date | None, expected: bool
) -> None:
    values: dict[str, object] = {"house_brackmann": {Side.LEFT: 6}, "house_brackmann_on": {Side.LEFT: graded}}
    if moved:
        values |= {"movements": {(Side.LEFT, "smile"): 3}, "movements_on": moved}
    known = facts(**values)
    assert bool(flaccid_reasons(known)) is expected
    assert ("stop-flaccid" in spoken(propose(known))) is expected


FLACCID = {"asked": {PlanningQuestion.NO_MOVEMENT: Answer.YES}}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (facts(**FLACCID), "Nothing moves on this side yet"),
        (facts(palsies=(palsy(first=TODAY - timedelta(days=99)),)), "Before day 100"),
        (facts(palsies=(palsy(first=TODAY - timedelta(days=100)),)), ""),
        (facts(palsies=(palsy(), palsy(Side.RIGHT, TODAY - timedelta(days=9)))), ""),
        (facts(palsies=()), ""),
    ],
)
def test_control_is_refused_where_no_side_can_be_trained(known: PlanningFacts, words: str) -> None:
    said = refused(known, "e5_small_closed_smile")
    assert bool(said) is bool(words)
    assert words in said
    assert not refused(known, "e1_rest_scan")


def test_with_two_palsied_sides_there_is_no_strong_side_to_quiet() -> None:
    both = (palsy(Side.LEFT), palsy(Side.RIGHT))
    assert ids(facts(cell("pucker other_side"), palsies=both)) == []


@pytest.mark.parametrize(("count", "room"), [(0, 5), (4, 1), (5, 0), (6, 0)])
def test_never_more_than_five_with_those_that_are_open(count: int, room: int) -> None:
    open_ids = tuple(library())[-count:] if count else ()
    found = choose(facts(cell("pucker eye"), cell("pucker chin"), cell("snarl neck")), open_ids)
    assert (found.room, len(found.suggested)) == (room, room)


def test_the_reason_names_side_pattern_and_grade() -> None:
    [first, *_] = suggested(facts(cell("pucker eye", 3, 3)))
    assert first.reason == "Consider it for patient’s left: eye narrows with pucker\N{NO-BREAK SPACE}3/3."


@pytest.mark.parametrize("day", [date(2026, 11, 22), date(2026, 2, 20)])
def test_the_window_is_two_to_six_weeks(day: date) -> None:
    assert therapist_window(day) == (day + timedelta(weeks=2), day + timedelta(weeks=6))


CELLS = st.lists(
    st.builds(
        Cell,
        st.builds(Place, st.sampled_from([Side.LEFT, Side.RIGHT]), st.sampled_from(Movement), st.sampled_from(Group)),
        st.none() | st.integers(0, 3),
        st.none() | st.integers(0, 3),
    ).filter(lambda one: (one.place.movement, one.place.group) not in OWN_MOVEMENT),
    max_size=20,
    unique_by=lambda one: one.place,
)


@given(CELLS, st.permutations(list(Group)), st.sets(st.sampled_from(sorted(library())), max_size=7), st.integers())
def test_any_face_gets_the_same_few_exercises_in_any_order(
    cells: list[Cell], priorities: list[Group], open_ids: set[str], seed: int
) -> None:
    values = {"priorities": tuple(priorities[:3]), "palsies": (palsy(),)}
    shuffled = random.Random(seed).sample(cells, len(cells))
    found = choose(facts(*cells, **values), open_ids)  # type: ignore[arg-type]
    assert found == choose(facts(*shuffled, **values), open_ids)  # type: ignore[arg-type]
    named = [one.exercise.id for one in found.suggested]
    assert len(named) + len(open_ids) <= max(MOST_AT_ONCE, len(open_ids))
    assert len(named) == len(set(named))
    assert not set(named) & open_ids
    for one in found.suggested:
        assert one.cells
        assert one.reason.startswith("Consider ")
        assert {(each.place.movement, each.place.group) for each in one.cells} <= one.exercise.best | one.exercise.also
        assert all(each.grade and each.bother != 0 and each.place.side is Side.LEFT for each in one.cells)
    kinds = [one.exercise.control for one in found.suggested]
    assert kinds == sorted(kinds, reverse=True)


@given(CELLS, st.integers(0, 99))
def test_an_early_or_flaccid_face_is_never_offered_control(cells: list[Cell], days: int) -> None:
    early = (palsy(first=TODAY - timedelta(days=days)),)
    assert suggested(facts(*cells, palsies=early)) == ()
    still = suggested(facts(*cells, house_brackmann={Side.LEFT: 6}))
    assert not any(one.exercise.control for one in still)
