"""What an address of the comparison asks for."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

_YES = "y"


@dataclass(frozen=True, slots=True)
class Asked:
    """The visits that were chosen, and which two of them stand on the face ("" where not said)."""

    sessions: tuple[str, ...]
    before: str
    after: str
    with_previous: bool

    @property
    def only(self) -> tuple[str, ...]:
        """The visits that the page is about; nothing where it needs all sessions of the patient."""
        return self.sessions if len(self.sessions) > 1 else ()

    @classmethod
    def of(cls, values: MultiDict[str, str]) -> Asked:
        """Read an address; what it does not know is left alone."""
        return cls(
            sessions=tuple(one for one in values.getlist("session") if one),
            before=values.get("before", ""),
            after=values.get("after", ""),
            with_previous=values.get("previous") == _YES,
        )
