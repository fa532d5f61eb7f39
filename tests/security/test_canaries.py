"""Lists, searches, counts, prints, exports and trails in one scope (S-32, V-23)."""

from __future__ import annotations

import pytest

from clinic.domain.actors import Permission, Role
from clinic.web.security import permission
from tests.security.canaries import told_of_another_patient, told_to_another_clinic
from tests.security.world import NAMES, World

pytestmark = pytest.mark.timeout(300)


def test_no_page_of_another_clinic_tells_a_name_of_this_one(world: World) -> None:
    """S-32, S-39, V-01: every page as every role of the other clinic, with its own ids and with this clinic's."""
    assert told_to_another_clinic(world) == []


def test_no_page_below_a_patient_tells_another_patient(world: World) -> None:
    """V-23: pages, JSON, tables and the text of prints of one patient."""
    found = told_of_another_patient(world, world.second, NAMES["second"])
    assert found == [], "\n".join(found)


def test_a_planted_list_of_everybody_is_named(world: World) -> None:
    """The tooth: a page that reads names past the clinic, below a patient and without one."""

    def everybody(patient_id: str = "") -> str:
        rows = world.store.connection.execute("SELECT family_name FROM patient").fetchall()
        return " ".join(name for (name,) in rows)

    world.app.view_functions["planted.names"] = permission(Permission.PATIENT_READ)(everybody)
    world.app.add_url_rule("/planted/<patient_id>", endpoint="planted.names", methods=["GET"])
    assert any("/planted/" in leak for leak in told_to_another_clinic(world, [Role.ASSISTANT]))
    assert any("/planted/" in leak for leak in told_of_another_patient(world, world.second, NAMES["second"]))
