"""The rules of planning: their own examples, their words, and what the loader refuses by file, rule and key."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement, places
from clinic.domain.planning import propose, restriction, spoken
from clinic.domain.planning_examples import example_lines, facts_of, muscle_of
from clinic.domain.planning_lacks import usable
from clinic.domain.planning_rule_words import then_lines, when_lines
from clinic.domain.planning_rules import BANNED, SAFETY, Example, Kind, Rule, RuleFault, load, rules

TEXTS = {
    one.name: one.read_text(encoding="utf-8")
    for one in files("clinic.domain").joinpath("data/planning").iterdir()
    if one.name.endswith(".toml")
}
EXAMPLES = [pytest.param(rule, one, id=f"{rule.id}: {one.words}") for rule in rules().values() for one in rule.examples]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_a_rule_speaks_where_its_examples_say(rule: Rule, example: Example) -> None:
    facts = facts_of(example.facts)
    said = set(spoken(propose(facts)))
    if alone := muscle_of(example.facts):
        against = restriction(facts, alone[1], alone[0])
        said |= {against.guard_rule, against.blocked_rule}
    assert (rule.id in said) is example.fires
    assert len(example_lines(example.facts)) == len(example.facts)


def test_there_are_rules_of_every_kind_and_each_waits_for_sign_off() -> None:
    assert {one.kind for one in rules().values()} == set(Kind)
    assert all(one.sign_off for one in rules().values())
    assert len(rules()) > 60


def test_every_rule_reads_as_words() -> None:
    for one in rules().values():
        text = " ".join((one.title, one.says, one.evidence, *when_lines(one), *then_lines(one)))
        assert "_" not in text, one.id
        assert not BANNED.search(text), one.id
        assert one.says.endswith("."), one.id
        assert one.evidence.endswith("."), one.id
        if one.kind not in {Kind.STAGE, Kind.GUARD, Kind.BLOCK, Kind.EXCLUSION}:
            assert one.says.startswith("Consider "), one.id


def test_every_source_is_used_and_said_in_full() -> None:
    used = {source for one in rules().values() for source in one.sources}
    assert {f'["{one.key}"]' in TEXTS["sources.toml"] for one in used} == {True}
    assert TEXTS["sources.toml"].count("[") == len({one.key for one in used})
    assert all(one.authors and one.about and one.year and one.found for one in used)


def test_what_protects_a_patient_is_named() -> None:
    assert {Kind.RED_FLAG, Kind.STOP, Kind.EXCLUSION, Kind.GUARD, Kind.BLOCK} == SAFETY


def test_which_patterns_no_rule_speaks_about() -> None:
    """A pattern without a rule is said on the page; this list says which they are, so that none is forgotten."""
    silent = set()
    for place in places(Side.LEFT):
        facts = facts_of({"cells": [f"left {place.movement} {place.group} 2/2"]})
        proposal = propose(facts)
        if not proposal.targets:
            silent.add((place.movement, place.group))
            assert any("No rule of this program speaks" in one.words for one in proposal.lacks), place.key
        else:
            assert not any("No rule of this program speaks" in one.words for one in proposal.lacks), place.key
    assert silent == {
        (Movement.REST, Group.BROW),
        (Movement.REST, Group.MOUTH_CORNER),
        *((one, Group.TEARING) for one in Movement if one is not Movement.CHEWING),
        (Movement.PUCKER, Group.OTHER_SIDE),
        (Movement.CHEWING, Group.OTHER_SIDE),
        (Movement.REST, Group.OTHER_SIDE),
    }


GOOD = """
[[rules]]
id = "caution-one"
version = 1
kind = "caution"
title = "One"
when = [{ any = [{ age = { at_least = 18 } }, { movement = { expression = "smile", at_most = 3 } }] }]
then = { arm = "toxin" }
says = "Consider one thing."
strength = "expert opinion"
sources = ["Someone 2020"]
evidence = "Nothing more is known."
sign_off = true
[[rules.examples]]
words = "fires"
fires = true
facts = { age = 40 }
[[rules.examples]]
words = "silent"
fires = false
facts = { age = 4 }
[[rules.examples]]
words = "18"
fires = true
edge = true
facts = { age = 18 }
[[rules.examples]]
words = "17"
fires = false
edge = true
facts = { age = 17 }
"""
SOURCES = '["Someone 2020"]\nauthors = "Someone"\nabout = "Something"\nyear = "2020"\nfound = "page 1"\n'


def loaded(text: str, sources: str = SOURCES) -> dict[str, Rule]:
    return load({"one.toml": text, "sources.toml": sources})


def test_a_good_file_is_read() -> None:
    assert list(loaded(GOOD)) == ["caution-one"]


def swapped(old: str, new: str) -> Callable[[], str]:
    assert old in GOOD
    return lambda: GOOD.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (swapped("version = 1\n", "version = 1\nmood = 3\n"), "mood"),
        (swapped("version = 1\n", ""), "version"),
        (swapped("version = 1\n", 'version = "1"\n'), "'1'"),
        (swapped('kind = "caution"', 'kind = "wish"'), "wish"),
        (swapped('strength = "expert opinion"', 'strength = "certain"'), "certain"),
        (swapped("age = {", "weight = {"), "weight"),
        (swapped("at_least = 18", "at_leest = 18"), "at_leest"),
        (swapped("at_least = 18", "at_least = 18.5"), "18.5"),
        (swapped("at_least = 18", "at_least = true"), "True"),
        (swapped("{ at_least = 18 }", "{ }"), "at_least"),
        (swapped("{ at_least = 18 }", "18"), "takes a table"),
        (swapped('"smile"', '"grin"'), "grin"),
        (swapped("{ age = { at_least = 18 } }", '{ asked = { question = "weather", one_of = ["yes"] } }'), "weather"),
        (swapped("{ age = { at_least = 18 } }", '{ asked = { question = "mass", one_of = ["perhaps"] } }'), "perhaps"),
        (swapped("{ age = { at_least = 18 } }", '{ asked = { question = "mass" } }'), "one_of"),
        (swapped("{ age = { at_least = 18 } }", '{ asked = { question = "mass", one_of = [] } }'), "something in it"),
        (swapped("{ age = { at_least = 18 } }", '{ answer = { question = "weather", one_of = ["yes"] } }'), "weather"),
        (swapped("{ age = { at_least = 18 } }", '{ any_cell = { groups = ["ear"] } }'), "ear"),
        (swapped("{ age = { at_least = 18 } }", '{ any_cell = { movements = ["wink"] } }'), "wink"),
        (swapped("{ age = { at_least = 18 } }", '{ cell = { groups = ["eye"] } }'), "cannot ask about"),
        (swapped("{ age = { at_least = 18 } }", '{ muscle = { one_of = ["biceps"] } }'), "biceps"),
        (swapped("when = [{ any", "when = [{ all"), "all"),
        (swapped('{ arm = "toxin" }', '{ arm = "magic" }'), "magic"),
        (swapped('{ arm = "toxin" }', '{ muscles = [{ muscle = "platysma" }] }'), "muscles"),
        (swapped("Someone 2020", "Nobody 1900"), "Nobody 1900"),
        (swapped('sources = ["Someone 2020"]', "sources = []"), "something in it"),
        (swapped("Consider one thing.", "Do one thing."), "Consider"),
        (swapped("Consider one thing.", "Consider the best thing."), "best"),
        (swapped("Nothing more is known.", "It is a cure."), "cure"),
        (swapped("Nothing more is known.", "You must."), "must"),
        (swapped('id = "caution-one"', 'id = "Caution One"'), "small letters"),
        (swapped("fires = false\nfacts = { age = 4 }", "fires = true\nfacts = { age = 4 }"), "examples"),
        (swapped("edge = true\nfacts = { age = 17 }", "facts = { age = 17 }"), "each side"),
        (lambda: GOOD[: GOOD.index("[[rules.examples]]")], "examples"),
        (lambda: GOOD + GOOD, "taken"),
        (lambda: GOOD + "[more]\n", "nothing else"),
        (lambda: GOOD + "===", "one.toml"),
    ],
)
def test_a_wrong_file_is_refused_with_file_rule_and_key(text: Callable[[], str], said: str) -> None:
    with pytest.raises(RuleFault) as refused:
        loaded(text())
    assert said in str(refused.value)
    assert str(refused.value).startswith("one.toml")


def test_target_rules_name_muscles_and_groups_that_exist() -> None:
    rule = GOOD.replace('"caution"', '"target"').replace("caution-one", "target-one")
    rule = rule.replace("{ movement", "{ any_cell = { } }, { movement")
    for muscles, said in [
        ('{ muscle = "biceps" }', "biceps"),
        ('{ muscle = "platysma", groups = ["upper_pretarsal"] }', "upper_pretarsal"),
        ('{ muscle = "platysma", side = "left" }', "side"),
    ]:
        with pytest.raises(RuleFault, match=said):
            loaded(rule.replace('arm = "toxin"', f"muscles = [{muscles}]"))
    assert loaded(rule.replace('arm = "toxin"', 'muscles = [{ muscle = "platysma", groups = ["jaw"] }]'))


@pytest.mark.parametrize("part", ["authors", "about", "year", "found"])
def test_a_source_without_a_part_is_refused(part: str) -> None:
    lines = [line for line in SOURCES.splitlines() if not line.startswith(part)]
    with pytest.raises(RuleFault, match="Someone 2020"):
        loaded(GOOD, "\n".join(lines))


def test_an_example_that_cannot_be_read_is_a_fault() -> None:
    with pytest.raises(ValueError, match="weather"):
        facts_of({"weather": "rain"})
    with pytest.raises(ValueError, match="ear"):
        facts_of({"cells": ["left big_smile ear 2/2"]})


def test_the_quiet_patient_hears_of_the_stage_only() -> None:
    proposal = propose(facts_of({}))
    assert spoken(proposal) == {"stage-4-plateau"}
    assert usable(facts_of({})).cells == ()
