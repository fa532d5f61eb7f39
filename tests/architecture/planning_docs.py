"""The page docs/planning_rules.md as the rules of planning say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields

from clinic.domain.planning_rule_words import then_lines, when_lines
from clinic.domain.planning_rules import Kind, Rule, Source, rules
from clinic.domain.planning_vocabulary import ANY, VOCABULARY

DOCUMENT = "planning_rules.md"


def parts() -> dict[str, Mapping[str, Callable[[], str]]]:
    """Document → part → what writes it."""
    return {DOCUMENT: {"conditions": conditions, "rules": all_rules, "sources": sources}}


def conditions() -> str:
    """The vocabulary of conditions, one a row."""
    rows = ["| Condition | Holds when | Asked about | Keys |", "| --- | --- | --- | --- |"]
    for name, shape in VOCABULARY.items():
        said = (shape.__doc__ or "").strip().splitlines()[0]
        names = [one.name for one in fields(shape)]
        keys = ", ".join(f"`{one}`" for one in names) or "none"
        rows.append(f"| `{name}` | {said} | {shape.scope.value} | {keys} |")
    rows.append(f"| `{ANY}` | At least one of several conditions holds. | as they do | a list |")
    return "\n".join(rows)


def all_rules() -> str:
    """Every rule by kind: when, then, words, evidence, sources."""
    lines: list[str] = []
    for kind in Kind:
        lines += [f"### {kind.label}", ""]
        if kind.is_safety:
            lines += ["These protect the patient and cannot be switched off.", ""]
        for one in rules().values():
            if one.kind is kind:
                lines += _rule(one)
    return "\n".join(lines).rstrip()


def sources() -> str:
    """Every source, one a row."""
    rows = ["| Source | Authors | About | Year | Found |", "| --- | --- | --- | --- | --- |"]
    found: dict[str, Source] = {source.key: source for one in rules().values() for source in one.sources}
    for key in sorted(found, key=str.casefold):
        one = found[key]
        rows.append(f"| {one.key} | {one.authors} | {one.about} | {one.year} | {one.found} |")
    return "\n".join(rows)


def _rule(one: Rule) -> list[str]:
    examples = sum(1 for example in one.examples if example.fires)
    state = (
        f"{'waits for sign-off' if one.sign_off else 'signed off'}; {examples} of {len(one.examples)} examples speak"
    )
    return [
        f"**{one.title}** · `{one.id}`, version {one.version}, {one.strength}, {state}.",
        "",
        f"> {one.says}",
        "",
        *(f"- When: {line}" for line in when_lines(one)),
        *(f"- Then it {line}" for line in then_lines(one)),
        f"- Evidence: {one.evidence}",
        f"- Sources: {', '.join(source.key for source in one.sources)}",
        "",
    ]
