"""The home programme: the chosen exercises in the patient's language, typed words as typed, and twelve dated weeks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.documents.banned_words import offences
from clinic.domain.documents.content import (
    Beside,
    Box,
    BoxKind,
    Bullets,
    DiaryGrid,
    ExerciseFigure,
    Heading,
    Paragraph,
)
from clinic.domain.documents.home_programme import (
    WEEKS,
    Given,
    HomePlan,
    blocks,
    choices,
    figure,
    first_monday,
    is_one_sided,
    notes,
    problems,
    spoken,
    typed,
)
from clinic.domain.documents.texts import language
from clinic.domain.drawing import Close, Path
from clinic.domain.exercises import library
from clinic.domain.face_exercises import exercise_drawing
from clinic.domain.plans import Exercise, Mirror, Programme

TODAY = date(2026, 11, 23)
EN, ES = language("en"), language("es")
PUCKER, CHIN = "e2_eyes_open_pucker", "e9_chin_release"


def exercise(key: str = PUCKER, **values: str) -> Exercise:
    """An exercise with the library's own words unless others were typed."""
    one = library()[key]
    said = {"excursion": one.excursion_hint, "cue": one.cue, "stop_rule": one.stop_rule, "dose": one.dose}
    return Exercise(key, **(said | values))


def given_one(key: str = PUCKER, reason: str = "", *, agreed: bool = True, **values: str) -> Given:
    return Given(f"item-{key}", exercise(key, **values), reason, agreed)


def plan(*exercises: Given, **values: Any) -> HomePlan:
    said: dict[str, Any] = {"programme": Programme(), "sides": frozenset({"left"}), "appointments": (), "today": TODAY}
    return HomePlan(exercises=exercises or (given_one(),), **(said | values))


def words(value: Any) -> Iterator[str]:
    """Every text in blocks, in the order of the page."""
    for block in value if isinstance(value, tuple) else (value,):
        match block:
            case Heading(text=text):
                yield text
            case Paragraph(text=text, lead=lead):
                yield f"{lead} {text}".strip()
            case Bullets(items=items):
                yield from items
            case Box(title=title, items=items, text=text):
                yield from (one for one in (title, *items, text) if one)
            case Beside(figure=ExerciseFigure(alt=alt), blocks=inner):
                yield from (alt, *words(inner))
            case DiaryGrid(rows=rows, days=days, weeks=weeks):
                yield from (*rows, *days, *weeks)


def said(one: HomePlan, code: str = "en", left_out: tuple[str, ...] = ()) -> list[str]:
    return list(words(blocks(one, left_out, language(code))))


def test_an_exercise_says_steps_how_often_how_far_cue_and_stop() -> None:
    found = said(plan(given_one(excursion="stop before the eye narrows, a third of the way")))
    at = found.index("Lip pucker with eyes open")
    assert found[at + 1].endswith("both eyes stay open.")
    assert found[at + 2 : at + 5] == list(library()[PUCKER].steps)
    assert found[at + 5 : at + 9] == [
        "How often: 5 to 10 slow repetitions, 1 to 3 times a day",
        "How far: stop before the eye narrows, a third of the way",
        "Letting go: Soften the lower lid, then let the lips go.",
        f"Stop rule: {library()[PUCKER].stop_rule}",
    ]


def test_in_spanish_the_librarys_words_are_translated_and_typed_ones_stay() -> None:
    one = given_one(cue="think of a feather")
    found = said(plan(one), "es")
    assert "Labios hacia delante con los ojos abiertos" in found
    assert "Cuántas veces: de 5 a 10 repeticiones lentas, de 1 a 3 veces al día" in found
    assert "Para soltar: think of a feather" in found
    assert notes(plan(one), (), ES) == (
        "“Lip pucker with eyes open”: the cue as typed by the therapist, not translated into Spanish.",
    )
    assert notes(plan(one), (), EN) == ()
    told = "Aquí hay palabras de su terapeuta sin traducir. Pregunte lo que no entienda."
    assert told in found
    assert told not in said(plan(given_one()), "es")
    assert told in said(plan(programme=Programme(advice="Rest.")), "es")
    assert "not translated" not in said(plan(one), "en")


def test_words_typed_in_spanish_are_not_called_untranslated() -> None:
    assert typed(exercise(cue="Afloje el párpado de abajo y luego suelte los labios."), ES) == ()
    assert typed(exercise(cue="  "), ES) == ()
    assert typed(exercise(dose="twice", stop_rule="when tired"), ES) == ("dose", "stop_rule")


@pytest.mark.parametrize("key", list(library()))
@pytest.mark.parametrize("code", ["en", "es"])
def test_every_exercise_can_be_printed_in_every_language(key: str, code: str) -> None:
    found = said(plan(given_one(key)), code)
    assert [one for one in found if "{" in one or not one.strip()] == []
    assert [(one, why) for one in found for why in offences(one, code)] == []
    assert problems(plan(given_one(key)), (), language(code)) == ()
    assert notes(plan(given_one(key)), (), language(code)) == ()
    assert not set(spoken(exercise(key), EN).values()) & set(spoken(exercise(key), ES).values())


CLOSURE = "e6_gentle_closure"


@pytest.mark.parametrize(
    ("side", "english", "spanish"),
    [("left", "on your left side.", "de su lado izquierdo."), ("right", "on your right side.", "de su lado derecho.")],
)
def test_the_figure_shows_and_says_the_patients_own_side(side: str, english: str, spanish: str) -> None:
    one = plan(given_one(CLOSURE), sides=frozenset({side}))
    for words_, code in ((english, EN), (spanish, ES)):
        drawn = figure(CLOSURE, one, code)
        assert drawn is not None
        assert drawn.side == side
        assert drawn.alt.endswith(words_)


@pytest.mark.parametrize("sides", [frozenset(), frozenset({"left", "right"})])
def test_without_one_side_on_record_no_figure_shows_one(sides: frozenset[str]) -> None:
    one = plan(given_one(CLOSURE), given_one(PUCKER), sides=sides)
    beside = [block.figure for block in blocks(one, (), EN) if isinstance(block, Beside)]
    assert [block.exercise for block in beside if isinstance(block, ExerciseFigure)] == [PUCKER]
    assert set(library()[CLOSURE].steps) <= set(said(one))
    why = "palsies on both sides are on record" if sides else "no palsy is on record"
    assert notes(one, (), EN) == (
        f"Printed without a figure, because {why} and it would show one side: “Gentle eye closure”.",
    )


LEANING = {
    "e5_small_closed_smile",
    "e8_snarl_control",
    "e9_chin_release",
    "e15_speech_practice",
    "e16_calm_breathing",
}
"""Figures in which a finger, a hand, the sound or the breath comes from one side, and that mean neither."""


@pytest.mark.parametrize("key", list(library()))
def test_a_figure_whose_words_name_no_side_means_neither(key: str) -> None:
    left, right = (acts(key, side) for side in (Side.LEFT, Side.RIGHT))
    assert (left != right) is (is_one_sided(key) or key in LEANING)


def acts(key: str, side: Side) -> list[tuple[float, ...]]:
    """The frames around what happens in a figure."""
    (layer,) = [one for one in exercise_drawing(key, side).layers if one.name == "acts"]
    found = []
    for shape in layer.shapes:
        if isinstance(shape, Path):
            ends = [one.to for one in shape.segments if not isinstance(one, Close)]
            (xs, ys) = zip(*ends, strict=True)
            found.append(tuple(round(one, 3) + 0.0 for one in (min(xs), min(ys), max(xs), max(ys))))
    return sorted(found)


def test_agreed_exercises_come_first_and_each_says_why_it_was_chosen() -> None:
    one = plan(given_one(CHIN, agreed=False), given_one(reason="Consider it for the eye."))
    titles = [block.text for block in blocks(one, (), EN) if isinstance(block, Heading) and block.level == 3]
    assert titles == ["Lip pucker with eyes open", "Chin release"]
    first, second, *_ = choices(one, ())
    assert first.key == f"exercise-item-{PUCKER}"
    assert first.why == (
        "Consider it for the eye. In the library for: eye narrows with pucker. Agreed with the patient."
    )
    assert second.why == (
        "Chosen without a reason in the plan. In the library for: chin dimples with brow raise, chin dimples with gentle"
        " eye closure, and 9 further patterns. Proposed, not yet agreed with the patient."
    )
    (calm, *_) = choices(plan(given_one("e16_calm_breathing")), ())
    assert calm.why == "Chosen without a reason in the plan. Agreed with the patient."


def test_what_is_left_out_is_gone_and_what_is_fixed_stays() -> None:
    programme = Programme(Mirror.YES, "", "Rest on Sunday", TODAY, TODAY)
    one = plan(given_one(), given_one(CHIN), programme=programme)
    everything = tuple(choice.key for choice in choices(one, ()))
    assert everything == (
        f"exercise-item-{PUCKER}",
        f"exercise-item-{CHIN}",
        *("general", "mirror", "advice", "avoid", "visit", "diary"),
    )
    rest = said(one, "en", (f"exercise-item-{CHIN}",))
    assert "Chin release" not in rest
    assert "Rest on Sunday" in rest
    none = said(one, "en", everything)
    assert {"How to practise", "What to avoid", "When to stop and call us"} <= set(none)
    assert not {"Chin release", "With a mirror", "Rest on Sunday", "Your diary"} & set(none)
    assert {choice.key for choice in choices(one, everything) if choice.on} == {"general", "avoid"}


def test_the_stop_box_is_always_there_and_important() -> None:
    (box,) = [block for block in blocks(plan(), (), ES) if isinstance(block, Box)]
    assert (box.kind, box.title) == (BoxKind.IMPORTANT, "Cuándo parar y llamarnos")


@pytest.mark.parametrize(
    ("mirror", "heading"),
    [(Mirror.YES, "With a mirror"), (Mirror.NO, "Without a mirror"), (Mirror.OPEN, "Mirror or no mirror?")],
)
def test_the_mirror_is_the_therapists_decision(mirror: Mirror, heading: str) -> None:
    one = plan(programme=Programme(mirror, "feels better"))
    assert heading in said(one)
    (choice,) = [choice for choice in choices(one, ()) if choice.key == "mirror"]
    assert choice.why == f"Practice {mirror.value}: feels better."


def test_advice_is_printed_as_typed_and_staff_are_told_in_spanish() -> None:
    one = plan(programme=Programme(advice="<b>Rest</b> {day} {{7*7}}"))
    assert "<b>Rest</b> {day} {{7*7}}" in said(one, "es")
    assert notes(one, (), ES) == ("The therapist’s advice is printed as typed, not translated into Spanish.",)
    assert notes(one, ("advice",), ES) == ()


def test_braces_in_what_was_typed_stay_as_typed() -> None:
    assert "How far: {side} of {0}" in said(plan(given_one(excursion="{side} of {0}")))


@pytest.mark.parametrize(
    ("first", "last", "words_"),
    [
        (date(2026, 12, 6), date(2027, 1, 3), "between 6 Dec 2026 and 3 Jan 2027."),
        (date(2026, 12, 6), None, "from 6 Dec 2026 on."),
        (None, date(2027, 1, 3), "before the end of 3 Jan 2027."),
        (None, TODAY, "before the end of 23 Nov 2026."),
    ],
)
def test_the_therapists_visit_has_its_dates(first: date | None, last: date | None, words_: str) -> None:
    found = said(plan(programme=Programme(visit_from=first, visit_to=last)))
    assert [one for one in found if one.replace("\N{NO-BREAK SPACE}", " ").endswith(words_)]
    assert "Your therapist’s visit" in found


def test_a_visit_that_is_over_is_not_printed() -> None:
    over = plan(programme=Programme(visit_from=date(2026, 10, 1), visit_to=TODAY - timedelta(days=1)))
    assert "Your therapist’s visit" not in said(over)
    assert notes(over, (), EN)[-1].startswith("The days of the therapist’s visit in the programme are over")


def test_an_appointment_has_day_and_time() -> None:
    one = plan(appointments=((date(2026, 12, 8), "14:30"), (date(2027, 1, 5), "")))
    assert {"Su cita: 8\xa0dic\xa02026, 14:30", "Su cita: 5\xa0ene\xa02027"} <= set(said(one, "es"))


def test_the_diary_begins_on_the_monday_after_today_in_the_language() -> None:
    (grid,) = [block for block in blocks(plan(given_one(), given_one(CHIN)), (), ES) if isinstance(block, DiaryGrid)]
    assert grid.rows == ("Labios hacia delante con los ojos abiertos", "Soltar la barbilla")
    assert grid.days == ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")
    assert len(grid.weeks) == WEEKS
    assert grid.weeks[0] == "Semana del 30\xa0nov\xa02026"
    assert grid.weeks[-1] == "Semana del 15\xa0feb\xa02027"


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_first_monday_lies_one_to_seven_days_ahead(today: date) -> None:
    monday = first_monday(today)
    assert monday.weekday() == 0
    assert 1 <= (monday - today).days <= 7


def test_nothing_to_print_is_a_problem() -> None:
    assert problems(replace(plan(), exercises=()), (), EN) == (
        "The plan has no open exercise. Choose at least one on the therapy page of a visit.",
    )
    (key,) = [one.key for one in plan().exercises]
    assert problems(plan(), (key,), EN) == ("Every exercise is left out. Choose at least one.",)
    assert problems(plan(), (), EN) == ()


def test_an_exercise_that_the_library_has_no_more_must_be_left_out() -> None:
    gone = Given("old", Exercise("e99_gone", "", "", "", ""), "", agreed=True)
    one = plan(gone, given_one())
    assert problems(one, (), EN) == (
        "The library has no exercise “e99_gone” any more. Leave it out or close it in the plan.",
    )
    assert problems(one, ("exercise-old",), EN) == ()
    assert "e99_gone" not in " ".join(said(one))
    assert choices(one, ())[0].label == "e99_gone"


def test_an_exercise_that_cannot_be_given_now_must_be_left_out() -> None:
    against = replace(given_one(), refused="“Lip pucker” cannot be given now.")
    one = plan(against, given_one(CHIN))
    assert problems(one, (), EN) == ("“Lip pucker” cannot be given now. Leave it out or close it in the plan.",)
    assert problems(one, (against.key,), EN) == ()


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_whatever_was_typed_is_printed_letter_by_letter(excursion: str, cue: str, advice: str) -> None:
    one = plan(given_one(excursion=excursion, cue=cue), programme=Programme(advice=advice))
    found = " ".join(said(one, "es"))
    assert excursion.strip() in found
    assert cue.strip() in found
    assert advice.strip() in found
