"""What planning proposes: shapes only. Every line names its rules; nothing here is ever applied by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Place
from clinic.domain.injections import Purpose
from clinic.domain.plans import ReferralKind


class Strength(StrEnum):
    """How strong the evidence of a rule is, in the words of the clinical reference (section 6)."""

    SYSTEMATIC_REVIEW = "systematic review"
    RCT = "randomised trial"
    COHORT = "cohort"
    CASE_SERIES = "case series"
    EXPERT = "expert opinion"
    LABEL = "label or safety text"
    ANATOMY = "anatomy"
    NONE = "no evidence"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason in words, and the rule that it comes from."""

    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that planning would need and the record does not hold; ``field`` says where it is entered."""

    words: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class StageNote:
    """The stage of one palsy by the time since its onset, and what that means."""

    condition_id: str
    side: Side
    title: str
    since: str
    meaning: str
    rule: str


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A finding that stops planning and sends the patient on; ``facts`` are what its letter has to say."""

    rule: str
    words: str
    addressee: ReferralKind
    urgent: bool
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProposedTarget:
    """A muscle to consider for toxin.

    ``patterns`` are the graded cells behind it. ``guard`` says which weak movement needs this muscle: using it takes a typed
    reason. ``blocked`` says why it cannot be used yet; then nothing is proposed but the answer that is missing.
    """

    muscle: str
    side: Side
    site_groups: tuple[str, ...]
    purpose: Purpose
    patterns: tuple[Place, ...]
    grade: int
    bother: int | None
    priority: int | None
    reasons: tuple[Reason, ...]
    guard: str = ""
    guard_rule: str = ""
    blocked: str = ""
    blocked_rule: str = ""
    first: bool = False

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that speaks about it, each once."""
        named = [one.rule for one in self.reasons] + [self.guard_rule, self.blocked_rule]
        return tuple(dict.fromkeys(rule for rule in named if rule))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something else to consider: a referral, training, a test block, a caution. ``words`` begin with "Consider"."""

    rule: str
    words: str
    why: tuple[str, ...] = ()
    referral: ReferralKind | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What planning says of one patient on one day. With red flags, targets are empty."""

    stages: tuple[StageNote, ...] = ()
    red_flags: tuple[RedFlag, ...] = ()
    lacks: tuple[Lack, ...] = ()
    targets: tuple[ProposedTarget, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    cautions: tuple[Suggestion, ...] = ()
