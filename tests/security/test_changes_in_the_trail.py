"""A-02: whatever form of whatever page changes the record leaves an entry of a change; one walk of all forms."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from clinic.domain.actors import Permission
from clinic.domain.events import READS, REFUSALS
from clinic.web.security import permission
from tests.security.bodies import Example, Form, examples
from tests.security.world import World, send

pytestmark = pytest.mark.timeout(300)
QUIET = frozenset(action.value for action in READS | REFUSALS)


def silent_changes(world: World, forms: list[Example]) -> list[str]:
    """Forms that change rows of the record without an entry of a change."""
    found, changing = [], 0
    before = world.rows()
    for form in forms:
        end = newest(world)
        answer = send(world.client(form.actor), "POST", form.url, form.body)
        noted = noted_after(world, end)
        changed = [] if noted else world.changed(before)
        changing += noted
        if changed:
            found.append(f"{form.endpoint} ({answer.status_code}) changed {', '.join(changed)} and said nothing")
        if noted or changed:
            world.restore()
    if changing < len(forms) // 3:
        found.append(f"only {changing} of {len(forms)} forms changed anything")
    return found


def newest(world: World) -> int:
    with world.work.engine.connect() as connection:
        return connection.execute(text("SELECT coalesce(sum(sequence), 0) FROM audit_head")).scalar_one()  # type: ignore[no-any-return]


def noted_after(world: World, end: int) -> bool:
    """Whether an entry of a change came."""
    more = newest(world) - end
    with world.work.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT action FROM audit_event ORDER BY at DESC, sequence DESC LIMIT :more"), {"more": more}
        )
        return any(action not in QUIET for action in rows.scalars())


def test_every_form_that_changes_something_leaves_an_entry_of_it(world: World) -> None:
    """A-02, A-04: sent as the pages hold them, by people who may."""
    assert silent_changes(world, examples(world)) == []


def test_a_planted_change_without_an_entry_is_named(world: World) -> None:
    """The tooth."""

    @permission(Permission.PATIENT_WRITE)
    def edit(patient_id: str) -> str:
        world.store.connection.execute("UPDATE patient SET phone = '1' WHERE id = ?", (patient_id,))
        world.store.connection.commit()
        return ""

    world.app.view_functions["patients.edit"] = edit
    url = f"/patients/{world.ids['patient_id']}/edit"
    form = Example("patients.edit", world.clinic.prescriber, url, {}, {}, Form(url, "post"))
    assert silent_changes(world, [form]) == ["patients.edit (200) changed patient and said nothing"]
