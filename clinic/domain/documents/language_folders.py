"""What a language's folder lacks beside English: a file, a part, a line of its kind, a placeholder, a label."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Any, Final

from clinic.domain.documents import banned_words
from clinic.domain.documents.texts import DEFAULT, Part, parse_text

_GENDERS: Final = {"f": "m"}
"""Either stands for the side of a face; which one depends on the language's own noun."""


def lacks(folder: Traversable, code: str) -> tuple[str, ...]:
    """What keeps a language from being complete, a line each: file, key and what is missing or too much."""
    english, other = _files(folder / DEFAULT), _files(folder / code)
    found = [*_keys(english, other, code)]
    for name in sorted(english.keys() & other.keys() - {banned_words.FILE}):
        where = f"{code}/{name}"
        one, its = tomllib.loads(english[name]), tomllib.loads(other[name])
        if "id" in one or "id" in its:
            found += _text(english[name], other[name], where)
        else:
            found += _tree(one, its, where)
    return tuple(found)


def untranslated(folder: Traversable, code: str) -> tuple[str, ...]:
    """The parts of texts that stand in the language's folder as they stand in the English one."""
    english, other = _files(folder / DEFAULT), _files(folder / code)
    found = []
    for name in sorted(english.keys() & other.keys()):
        if "id" in tomllib.loads(english[name]):
            one, its = parse_text(english[name], DEFAULT, name), parse_text(other[name], code, name)
            shared = (key for key in one.parts if key in its.parts)
            found += [f"{code}/{name}: {key}" for key in shared if _same(one.parts[key], its.parts[key])]
    return tuple(found)


def _same(one: Part, its: Part) -> bool:
    return any(mine == other for mine, other in zip(one.body, its.body, strict=False)) or (
        bool(one.heading) and one.heading == its.heading
    )


def _files(folder: Traversable) -> dict[str, str]:
    return {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir() if one.name.endswith(".toml")}


def _keys(one: Iterable[str], its: Iterable[str], where: str) -> Iterator[str]:
    mine, other = set(one), set(its)
    yield from (f"{where}: {key} is missing" for key in sorted(mine - other))
    yield from (f"{where}: {key} is not in English" for key in sorted(other - mine))


def _text(english: str, other: str, where: str) -> Iterator[str]:
    one, its = parse_text(english, DEFAULT, where), parse_text(other, where.partition("/")[0], where)
    if (one.id, one.kind) != (its.id, its.kind):
        yield f"{where}: id and kind are not those of English"
    if list(one.parts) != list(its.parts) and set(one.parts) == set(its.parts):
        yield f"{where}: the parts stand in another order"
    yield from _keys(one.parts, its.parts, where)
    for key in one.parts.keys() & its.parts.keys():
        yield from _part(one.parts[key], its.parts[key], f"{where}: {key}")


def _part(one: Part, its: Part, where: str) -> Iterator[str]:
    if bool(one.heading) is not bool(its.heading):
        yield f"{where}: the heading is {'missing' if one.heading else 'not in English'}"
    if [_kind(line) for line in one.body] != [_kind(line) for line in its.body]:
        yield f"{where}: {_kinds(its.body)}; in English {_kinds(one.body)}"
    elif odd := [mine for mine, other in zip(one.body, its.body, strict=True) if _names(mine) != _names(other)]:
        yield f"{where}: other placeholders than “{odd[0]}”"
    if one.strength is not its.strength or len(one.sources) != len(its.sources):
        yield f"{where}: strength or sources are not those of English"


def _kind(line: str) -> str:
    return next((words for mark, words in (("- ", "item"), ("1. ", "step")) if line.startswith(mark)), "sentence")


def _kinds(body: Iterable[str]) -> str:
    return ", ".join(_kind(line) for line in body)


def _tree(one: Any, its: Any, where: str) -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(its, Mapping):
        yield from _keys(one, its, where)
        for key in sorted(one.keys() & its.keys()):
            yield from _tree(one[key], its[key], f"{where}: {key}")
    elif type(one) is not type(its):
        yield f"{where}: is of another kind"
    elif isinstance(one, list) and len(one) != len(its):
        yield f"{where}: has {len(its)} entries; in English {len(one)}"
    elif isinstance(one, str) and _names(one) != _names(its):
        yield f"{where}: other placeholders than “{one}”"


def _names(line: str) -> frozenset[str]:
    named = (name for _, name, _, _ in string.Formatter().parse(line) if name)
    return frozenset(_GENDERS.get(name, name) for name in named)
