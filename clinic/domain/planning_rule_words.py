"""What a planning rule does when it speaks, in words for its page and for the documents."""

from __future__ import annotations

from clinic.domain.anatomy import group_label, muscle_label
from clinic.domain.planning_conditions import listed
from clinic.domain.planning_rules import Arm, Kind, Rule

_ARMS = {Arm.TOXIN: "targets for toxin", Arm.TRAINING: "training", Arm.SURGERY: "surgery"}
_ALONE = {
    Kind.STAGE: "names the stage of the palsy",
    Kind.EXCLUSION: "leaves the muscle out, and says so",
    Kind.GUARD: "asks for a typed reason before the muscle is used",
    Kind.BLOCK: "keeps the muscle out of the plan until this is settled",
    Kind.BLOCK_TEST: "suggests a test block",
    Kind.CAUTION: "shows a caution",
    Kind.TRAINING: "shows a suggestion",
}


def when_lines(rule: Rule) -> tuple[str, ...]:
    """The conditions, each a line that begins with a capital."""
    return tuple(f"{one.words[:1].upper()}{one.words[1:]}" for one in rule.when)


def then_lines(rule: Rule) -> tuple[str, ...]:
    """What follows when every condition holds, one consequence a line."""
    then = rule.then
    lines = [f"proposes {_use(one.muscle, one.groups)}" for one in then.muscles]
    if rule.kind is Kind.RED_FLAG:
        lines.append("stops every target, training and surgery, until it is dealt with")
    if then.stops:
        lines.append(f"stops {listed(tuple(_ARMS[one] for one in then.stops), 'and')}")
    if then.referral:
        urgent = ", urgent" if then.urgent else ""
        lines.append(f"suggests a referral: {then.referral.label}{urgent}")
    if then.letter:
        lines.append(f"lists for it: {listed(tuple(one.value for one in then.letter), 'and')}")
    return tuple(lines) or (_ALONE[rule.kind],)


def _use(muscle: str, groups: tuple[str, ...]) -> str:
    parts = listed(tuple(group_label(muscle, one) for one in groups), "and")
    return f"{muscle_label(muscle)}{f': {parts}' if parts else ''}"
