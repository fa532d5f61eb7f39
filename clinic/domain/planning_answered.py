"""Conditions of planning rules about answers: today's screening, the questions of planning, and standing facts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from clinic.domain.injections import Question
from clinic.domain.patients import SAFETY_FACT_LABELS, SafetyFactKind
from clinic.domain.planning_case import Case
from clinic.domain.planning_conditions import Scope, listed
from clinic.domain.planning_questions import PlanningQuestion


class Given(StrEnum):
    """An answer, or that there is none yet."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class _Answered(ABC):
    """What conditions about an answer have in common; each says what was asked, and what was given."""

    scope: ClassVar[Scope] = Scope.PATIENT
    where: ClassVar[str]
    one_of: tuple[Given, ...]

    @property
    def words(self) -> str:
        said = listed(tuple(_said(one) for one in self.one_of))
        return f"{self.where} “{self._asked()}” is answered {said}"

    def holds(self, case: Case) -> bool:
        return self._given(case) in {one.value for one in self.one_of}

    def seen(self, case: Case) -> str:
        given = self._given(case)
        return f"{self._asked()}: {'not answered' if given == Given.OPEN else given}"

    @abstractmethod
    def _asked(self) -> str:
        """The question in words."""

    @abstractmethod
    def _given(self, case: Case) -> str:
        """The answer of a case."""


@dataclass(frozen=True, slots=True)
class AnswerIs(_Answered):
    """A question of today's screening is answered so."""

    where: ClassVar[str] = "today’s question"
    question: Question

    def _asked(self) -> str:
        return self.question.label

    def _given(self, case: Case) -> str:
        return case.facts.answers.get(self.question, Given.OPEN).value


@dataclass(frozen=True, slots=True)
class AskedIs(_Answered):
    """A question of planning is answered so."""

    where: ClassVar[str] = "the planning question"
    question: PlanningQuestion

    def _asked(self) -> str:
        return self.question.label

    def _given(self, case: Case) -> str:
        return case.facts.asked.get(self.question, Given.OPEN).value


@dataclass(frozen=True, slots=True)
class SafetyIs(_Answered):
    """A standing safety fact of the record is answered so."""

    where: ClassVar[str] = "the standing fact"
    fact: SafetyFactKind

    def _asked(self) -> str:
        return SAFETY_FACT_LABELS[self.fact]

    def _given(self, case: Case) -> str:
        return case.facts.safety.get(self.fact, Given.OPEN).value


def _said(given: Given) -> str:
    return "not at all yet" if given is Given.OPEN else given.value
