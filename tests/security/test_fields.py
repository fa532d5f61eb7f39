"""Every field of every form, and every name that is no field (S-30, S-31, S-33, S-41)."""

from __future__ import annotations

import pytest
from flask import redirect, request

from clinic.domain.actors import Permission, Role
from clinic.web.security import permission
from tests.security.bodies import Example, Form, examples
from tests.security.fields import HOSTILE, faults, foreign_ids, foreign_names
from tests.security.world import World

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def bodies(world: World) -> list[Example]:
    """A body for every form of every page."""
    return examples(world)


def test_no_route_takes_a_column_that_its_form_does_not_have(world: World, bodies: list[Example]) -> None:
    """S-30, S-33, V-03: id, clinic, role, state, author, times, and every column in turn: refused, nothing changed."""
    found = foreign_names(world, bodies)
    assert found == [], "\n".join(found)


def test_no_field_takes_another_clinics_id(world: World, bodies: list[Example]) -> None:
    """S-31: for each field that holds an id, the other clinic's id of that kind: refused, nothing changed."""
    owned = [world.ids, *world.states.values()]
    assert foreign_ids(world, bodies, owned, world.foreign) == []


def test_no_hostile_value_makes_a_fault(world: World, bodies: list[Example]) -> None:
    """S-41: numbers that are none, 10 kB, broken UTF-8, turned writing, repeated keys: no answer of 500, none that is slow."""
    assert faults(world, bodies) == []


def planted(world: World) -> Example:
    """A route that writes whatever it is sent."""

    def save() -> object:
        if request.form.get("name") == "NaN":
            raise ValueError
        world.store.connection.execute("UPDATE lot SET supplier = ?", (repr(sorted(request.form.items())),))
        world.store.connection.commit()
        return redirect("/")

    world.app.view_functions["planted.save"] = permission(Permission.ACCOUNT)(save)
    world.app.add_url_rule("/planted", endpoint="planted.save", methods=["POST"])
    form = Form("/planted", "post", kinds={"name": "text", "patient_id": "hidden"})
    body = {"name": "x", "patient_id": world.ids["patient_id"]}
    return Example("planted.save", world.actor(Role.PRESCRIBER), "/planted", {}, body, form)


def test_a_planted_route_that_takes_everything_is_named(world: World) -> None:
    """The tooth: a view without a strict form, a look-up without its clinic, a number that is not read."""
    hole = [planted(world)]
    assert any("clinic_id" in leak for leak in foreign_names(world, hole))
    assert any("patient_id" in leak for leak in foreign_ids(world, hole, [world.ids], world.foreign))
    assert any("NaN" in leak for leak in faults(world, hole, each=len(HOSTILE)))
