"""Every language is complete, a new one is a folder, and no released text changes without a new version.

``python -m tests.domain.documents.test_languages`` writes the list of versions anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clinic.domain.documents.banned_words import read_banned
from clinic.domain.documents.kinds import SHAPES
from clinic.domain.documents.language_folders import lacks, untranslated
from clinic.domain.documents.texts import TextError, languages, read_languages
from clinic.domain.exercises import library
from tests.domain.documents.shipped import FOLDERS, TEXTS

LOCK = Path(__file__).parents[2] / "golden" / "texts.json"
OTHERS = [code for code in FOLDERS if code != "en"]


@pytest.mark.parametrize("code", OTHERS)
def test_a_shipped_language_lacks_nothing(code: str) -> None:
    assert lacks(TEXTS, code) == ()


@pytest.mark.parametrize("code", OTHERS)
def test_a_shipped_language_is_translated(code: str) -> None:
    assert untranslated(TEXTS, code) == ()


def test_english_and_spanish_are_there_and_hold_every_text_that_documents_stand_on() -> None:
    assert list(languages()) == ["en", "es"]
    needed = {key for shape in SHAPES.values() for key in shape.texts}
    assert {code: needed - one.texts.keys() for code, one in languages().items()} == {"en": set(), "es": set()}


@pytest.mark.parametrize("key", list(library()))
def test_titles_steps_and_words_of_exercises_are_those_of_the_library(key: str) -> None:
    one, text = library()[key], languages()["en"].texts["exercises"]
    assert text.part(key).heading == one.title
    assert text.part(key).body == tuple(f"1. {step}" for step in one.steps)
    said = (one.dose, one.excursion_hint, one.cue, one.stop_rule)
    assert text.part(f"{key}_words").body == tuple(f"- {words}" for words in said)
    assert {text.part(part).strength for part in (key, f"{key}_words", f"{key}_figure")} == {one.strength}
    assert text.part(key).sources == one.sources


def test_no_text_has_an_exercise_that_the_library_does_not_have() -> None:
    wanted = [f"{key}{end}" for key in library() for end in ("", "_words", "_figure")]
    found = {code: list(one.texts["exercises"].parts) for code, one in languages().items()}
    assert found == dict.fromkeys(FOLDERS, wanted)


# --- a new language ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of English, and the same as the beginning of French."""
    for code in ("en", "fr"):
        shutil.copytree(TEXTS / "en", tmp_path / code)
    return tmp_path


def test_a_copied_folder_is_a_language(folder: Path) -> None:
    found = read_languages(folder)
    assert list(found) == ["en", "fr"]
    assert found["fr"].texts.keys() == languages()["en"].texts.keys()
    assert {one.language for one in found["fr"].texts.values()} == {"fr"}
    assert read_banned(folder).keys() == {"en", "fr"}
    assert lacks(folder, "fr") == ()
    assert "fr/facial_massage.toml: how" in untranslated(folder, "fr")


def change(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Change a file of the new language."""

    def changed(folder: Path) -> None:
        written = (folder / "fr" / name).read_text(encoding="utf-8")
        assert old in written
        (folder / "fr" / name).write_text(written.replace(old, new, 1), encoding="utf-8")

    return changed


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda folder: (folder / "fr" / "banned.toml").unlink(), "fr: banned.toml is missing"),
        (lambda folder: (folder / "fr" / "exercises.toml").unlink(), "fr: exercises.toml is missing"),
        (lambda folder: (folder / "fr" / "more.toml").write_text("a = 1"), "fr: more.toml is not in English"),
        (change("facial_massage.toml", 'id = "pressure"', 'id = "power"'), "facial_massage.toml: pressure is missing"),
        (change("facial_massage.toml", '"- Wash', '"Wash'), "before: sentence, item, item, item; in English item,"),
        (change("facial_massage.toml", "on {day}", "on that day"), "toxin_now: other placeholders than “You had"),
        (change("facial_massage.toml", 'heading = "How to do it"', 'heading = ""'), "how: the heading is missing"),
        (change("facial_massage.toml", 'kind = "therapy"', 'kind = "treatment"'), "id and kind are not those"),
        (change("facial_massage.toml", "expert opinion", "cohort"), "what: strength or sources are not those"),
        (change("labels.toml", "weekday_3 =", "day_3 ="), "labels.toml: labels: weekday_3 is missing"),
        (change("labels.toml", "{first} and {last}", "{first}"), "labels: home_visit_between: other placeholders"),
        (change("labels.toml", '"Jan", ', ""), "labels.toml: months: has 11 entries; in English 12"),
        (change("places.toml", "unnamed =", "other ="), "places.toml: unnamed is missing"),
    ],
)
def test_what_a_new_language_lacks_is_named(folder: Path, broken: Callable[[Path], None], words: str) -> None:
    broken(folder)
    assert [one for one in lacks(folder, "fr") if words in one], lacks(folder, "fr")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (change("facial_massage.toml", 'version = "', 'edition = "'), "fr/facial_massage.toml: edition is not known"),
        (change("facial_massage.toml", 'id = "before"', 'id = "what"'), "what: the id is there twice"),
        (change("facial_massage.toml", '["aftercare"]', '["nobody"]'), "toxin: unknown source nobody"),
    ],
)
def test_a_text_with_a_fault_is_not_loaded(folder: Path, broken: Callable[[Path], None], words: str) -> None:
    broken(folder)
    with pytest.raises(TextError) as refused:
        read_languages(folder)
    assert words in str(refused.value)


def test_a_place_may_take_the_other_gender(folder: Path) -> None:
    change("places.toml", "on the {m} side", "du côté {f}")(folder)
    assert lacks(folder, "fr") == ()


# --- versions ------------------------------------------------------------------------------------------------------


def versions() -> dict[str, dict[str, str]]:
    """Version and hash of every text in every language."""
    found = {f"{code}/{one.id}": one for code, each in languages().items() for one in each.texts.values()}
    return {key: {"version": one.version, "sha256": one.sha256} for key, one in sorted(found.items())}


def test_no_text_changes_without_a_new_version() -> None:
    locked, now = json.loads(LOCK.read_text(encoding="utf-8")), versions()
    silent = [
        key
        for key, one in now.items()
        if key in locked and one["version"] == locked[key]["version"] and one["sha256"] != locked[key]["sha256"]
    ]
    again = f"then run: python -m {__spec__.name}"
    assert not silent, (
        f"{', '.join(silent)}: the words changed. Raise the version (only before a release it may stay), {again}"
    )
    assert now == locked, f"New versions or texts are not in the list yet: {again}"


if __name__ == "__main__":
    LOCK.write_text(json.dumps(versions(), indent=2) + "\n", encoding="utf-8")
    print(f"{LOCK} written")
