"""Instruments: one declarative definition each, found by key and version. Adding one is a file here and a table of cases."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from clinic.domain.assessments.base import Instrument
from clinic.domain.assessments.face import FACE
from clinic.domain.assessments.fdi import FDI
from clinic.domain.assessments.fngs2 import FNGS2
from clinic.domain.assessments.follow_up import FOLLOW_UP
from clinic.domain.assessments.house_brackmann import HOUSE_BRACKMANN
from clinic.domain.assessments.measures import MEASURED
from clinic.domain.assessments.saq import SAQ
from clinic.domain.assessments.sunnybrook import SUNNYBROOK
from clinic.domain.errors import NotFound

INSTRUMENTS: Final[Mapping[str, Instrument]] = MappingProxyType(
    {one.key: one for one in (SUNNYBROOK, FNGS2, HOUSE_BRACKMANN, MEASURED, SAQ, FACE, FDI, FOLLOW_UP)}
)
"""The version of each instrument that new assessments use, in the order of the assessment page."""

_EARLIER: Final[tuple[Instrument, ...]] = ()
"""Versions that signed records hold and new assessments no longer use."""


def instrument(key: str, version: str | None = None) -> Instrument:
    """The instrument of a key: today's version, or the one asked for. Raises NotFound."""
    found = INSTRUMENTS.get(key)
    if found is not None and version in {None, found.version}:
        return found
    for one in _EARLIER:
        if (one.key, one.version) == (key, version):
            return one
    raise NotFound
