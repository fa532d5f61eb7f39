"""The planning rules as ``data/planning`` states them, read strictly: one wrong word stops the start, named by its rule.

Nobody clinical has signed a rule off yet; every rule says so (``sign_off``), and its page does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from clinic.domain.anatomy import MUSCLES
from clinic.domain.injections import Purpose
from clinic.domain.planning_conditions import Condition, Scope
from clinic.domain.planning_letters import Letter
from clinic.domain.planning_vocabulary import Unreadable, flat, has_numbers, read_conditions, read_values
from clinic.domain.plans import ReferralKind
from clinic.domain.proposals import Strength

FOLDER: Final = "data/planning"
SOURCES_FILE: Final = "sources.toml"
ID: Final = re.compile(r"[a-z][a-z0-9-]{2,59}")
BANNED: Final = re.compile(
    r"\b(cure\w*|best|guarantee\w*|permanent\w*|revers\w+|proven|must|should|90 ?(%|percent|per cent)|safe and effective)\b",
    re.IGNORECASE,
)
"""Words that neither a rule nor its evidence may hold (clinical reference 6, words to ban)."""


class Kind(StrEnum):
    """What a rule is for."""

    STAGE = "stage"
    RED_FLAG = "red_flag"
    STOP = "stop"
    TARGET = "target"
    EXCLUSION = "exclusion"
    GUARD = "guard"
    BLOCK = "block"
    TRAINING = "training"
    BLOCK_TEST = "block_test"
    REFERRAL = "referral"
    CAUTION = "caution"

    @property
    def label(self) -> str:
        """The kind as a heading."""
        return {
            "stage": "Stages",
            "red_flag": "Red flags",
            "stop": "Stops",
            "target": "Targets",
            "exclusion": "Muscles that are left out",
            "guard": "Muscles used only with a typed reason",
            "block": "Eye and tear gland blocks",
            "training": "Training and toxin",
            "block_test": "Test blocks",
            "referral": "Referrals",
            "caution": "Cautions",
        }[self.value]

    @property
    def is_safety(self) -> bool:
        """Whether a clinic cannot switch it off."""
        return self in SAFETY


SAFETY: Final = frozenset({Kind.RED_FLAG, Kind.STOP, Kind.EXCLUSION, Kind.GUARD, Kind.BLOCK})
"""Kinds that protect a patient whatever a clinic prefers."""


class Arm(StrEnum):
    """The arm of care that a suggestion belongs to, so that a stop can withhold it."""

    TOXIN = "toxin"
    TRAINING = "training"
    SURGERY = "surgery"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from; ``about`` is in own words, ``found`` a DOI, a page or an address."""

    key: str
    authors: str
    about: str
    year: str
    found: str


@dataclass(frozen=True, slots=True)
class Use:
    """A muscle that a target rule proposes, with the groups of sub-sites it means (empty for the whole muscle)."""

    muscle: str = field(metadata={"of": MUSCLES})
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Then:
    """What a rule proposes; which parts it has depends on its kind."""

    muscles: tuple[Use, ...] = ()
    purpose: Purpose = Purpose.SYNKINESIS
    referral: ReferralKind | None = None
    urgent: bool = False
    letter: tuple[Letter, ...] = ()
    arm: Arm | None = None
    stops: tuple[Arm, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """Facts in the notation of ``planning_examples``, and whether the rule speaks for them; ``edge``: beside a number."""

    words: str
    fires: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    edge: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, with everything that its page shows."""

    id: str
    version: int
    kind: Kind
    title: str
    when: tuple[Condition, ...]
    then: Then
    says: str
    strength: Strength
    sources: tuple[Source, ...]
    evidence: str
    sign_off: bool
    examples: tuple[Example, ...]

    @property
    def sided(self) -> bool:
        """Whether it is asked about each palsy."""
        return any(one.scope is Scope.PALSY for one in flat(self.when))


@dataclass(frozen=True, slots=True)
class _Head:
    """The plain parts of a rule, as its file names them."""

    id: str
    version: int
    kind: Kind
    title: str
    says: str
    strength: Strength
    sources: tuple[str, ...]
    evidence: str
    sign_off: bool


class RuleFault(ValueError):
    """A file of rules that cannot be used: which file, which rule, what is wrong."""


_THEN: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.STAGE: frozenset(),
    Kind.RED_FLAG: frozenset({"referral", "urgent", "letter"}),
    Kind.STOP: frozenset({"stops", "referral", "letter"}),
    Kind.TARGET: frozenset({"muscles", "purpose"}),
    Kind.EXCLUSION: frozenset(),
    Kind.GUARD: frozenset(),
    Kind.BLOCK: frozenset(),
    Kind.TRAINING: frozenset({"referral", "arm", "letter"}),
    Kind.BLOCK_TEST: frozenset({"arm", "letter"}),
    Kind.REFERRAL: frozenset({"referral", "arm", "letter"}),
    Kind.CAUTION: frozenset({"referral", "arm", "letter"}),
}
_NEEDED: Final[Mapping[Kind, str]] = {
    Kind.RED_FLAG: "referral",
    Kind.STOP: "stops",
    Kind.TARGET: "muscles",
    Kind.REFERRAL: "referral",
}
_SCOPES: Final[Mapping[Kind, frozenset[Scope]]] = {
    Kind.TARGET: frozenset({Scope.CELL, Scope.PALSY, Scope.PATIENT}),
    Kind.EXCLUSION: frozenset({Scope.MUSCLE, Scope.PALSY, Scope.PATIENT}),
    Kind.GUARD: frozenset({Scope.MUSCLE, Scope.PALSY, Scope.PATIENT}),
    Kind.BLOCK: frozenset({Scope.MUSCLE, Scope.PALSY, Scope.PATIENT}),
}
_PLAIN_SCOPES: Final = frozenset({Scope.PALSY, Scope.PATIENT})
_NOT_CONSIDERED: Final = frozenset({Kind.STAGE, Kind.EXCLUSION, Kind.GUARD, Kind.BLOCK})


@cache
def rules() -> Mapping[str, Rule]:
    """All rules by id, file by file. Raises RuleFault."""
    folder = files("clinic.domain").joinpath(FOLDER)
    texts = {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir() if one.name.endswith(".toml")}
    return load(texts)


def load(texts: Mapping[str, str]) -> dict[str, Rule]:
    """The rules of some files by id; ``sources.toml`` holds the sources. Raises RuleFault."""
    sources = _sources(texts.get(SOURCES_FILE, ""))
    found: dict[str, Rule] = {}
    for file in sorted(set(texts) - {SOURCES_FILE}):
        for raw in _tables(file, texts[file]):
            name = str(raw.get("id", "a rule without an id"))
            try:
                rule = _rule(raw, sources)
            except Unreadable as error:
                raise RuleFault(f"{file}, {name}: {error}.") from error
            if rule.id in found:
                raise RuleFault(f"{file}, {name}: this id is taken.")
            found[rule.id] = rule
    order = {kind: number for number, kind in enumerate(Kind)}
    return {one.id: one for one in sorted(found.values(), key=lambda one: (order[one.kind], one.id))}


def _tables(file: str, text: str) -> Iterator[dict[str, Any]]:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleFault(f"{file}: {error}.") from error
    if set(raw) != {"rules"} or not isinstance(raw["rules"], list):
        raise RuleFault(f"{file}: a file holds [[rules]] and nothing else.")
    yield from raw["rules"]


def _sources(text: str) -> dict[str, Source]:
    found = {}
    for key, raw in tomllib.loads(text).items():
        if set(raw) != {"authors", "about", "year", "found"} or not all(isinstance(one, str) for one in raw.values()):
            raise RuleFault(f"{SOURCES_FILE}, {key}: a source has authors, about, year and found, in words.")
        found[key] = Source(key, **raw)
    return found


def _rule(raw: Mapping[str, Any], sources: Mapping[str, Source]) -> Rule:
    body = {key: raw[key] for key in ("when", "then", "examples") if key in raw}
    head = read_values(_Head, {key: value for key, value in raw.items() if key not in body}, "a rule")
    examples = body.get("examples")
    if not isinstance(examples, list):
        raise Unreadable("a rule has examples")
    if unknown := [one for one in head.sources if one not in sources]:
        raise Unreadable(f"there is no source “{unknown[0]}”")
    rule = Rule(
        **{key: getattr(head, key) for key in _Head.__dataclass_fields__ if key != "sources"},
        sources=tuple(sources[one] for one in head.sources),
        when=read_conditions(body.get("when")),
        then=_then(head.kind, body.get("then", {})),
        examples=tuple(read_values(Example, one, "an example") for one in examples),
    )
    _check(rule)
    return rule


def _then(kind: Kind, raw: Any) -> Then:
    if not isinstance(raw, dict):
        raise Unreadable("“then” takes a table")
    if strange := sorted(set(raw) - _THEN[kind]):
        raise Unreadable(f"“then” of a {kind} has no key “{strange[0]}”")
    if kind in _NEEDED and _NEEDED[kind] not in raw:
        raise Unreadable(f"“then” of a {kind} needs “{_NEEDED[kind]}”")
    then: Then = read_values(Then, raw, "then")
    for use in then.muscles:
        if strange := sorted(set(use.groups) - set(MUSCLES[use.muscle].groups)):
            raise Unreadable(f"{use.muscle} has no group of sites “{strange[0]}”")
    return then


def _check(rule: Rule) -> None:
    wrong = [one for one in flat(rule.when) if one.scope not in _SCOPES.get(rule.kind, _PLAIN_SCOPES)]
    if wrong:
        raise Unreadable(f"a {rule.kind} cannot ask about {wrong[0].scope}")
    if not ID.fullmatch(rule.id):
        raise Unreadable("an id is small letters, digits and hyphens")
    if rule.version < 1 or not rule.sources or not rule.title.strip() or not rule.evidence.strip():
        raise Unreadable("version, sources, title and evidence are all needed")
    if rule.kind not in _NOT_CONSIDERED and not rule.says.startswith("Consider "):
        raise Unreadable("“says” begins with “Consider”")
    for text in (rule.title, rule.says, rule.evidence):
        if banned := BANNED.search(text):
            raise Unreadable(f"the word “{banned[0]}” is not used here")
    _check_examples(rule)


def _check_examples(rule: Rule) -> None:
    plain = {one.fires for one in rule.examples if not one.edge}
    edges = {one.fires for one in rule.examples if one.edge}
    if plain != {True, False} or not edges:
        raise Unreadable("examples are needed that fire, that are silent, and that lie at the boundary")
    if has_numbers(rule.when) and edges != {True, False}:
        raise Unreadable("a rule with a number needs an example on each side of it")
