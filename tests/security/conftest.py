"""The attacked world, made once a process."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from clinic.unit_of_work import Work
from tests.factories import ClinicWorld
from tests.security.world import World, make_world


@pytest.fixture
def world(app: Flask, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, clock: Any) -> World:
    """Two clinics, a record of every kind in each, a visit in every state."""
    return make_world(app, work, clinic, other_clinic, clock)
