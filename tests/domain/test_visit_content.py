"""The frozen content: canonical bytes, round trip, and the golden file of each released schema."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain import visit_content
from tests.domain.contents import full_content

GOLDEN = Path(__file__).parents[1] / "golden"


def test_the_golden_file_of_this_schema_holds() -> None:
    # A change here changes what old signatures mean: give the new shape a new schema number instead.
    golden = (GOLDEN / f"visit_content_{visit_content.SCHEMA}.json").read_bytes().strip()
    assert visit_content.canonical(full_content()) == golden


@pytest.mark.parametrize("schema", range(1, visit_content.SCHEMA))
def test_what_was_signed_in_an_earlier_schema_keeps_its_bytes(schema: int) -> None:
    golden = (GOLDEN / f"visit_content_{schema}.json").read_bytes().strip()
    content = visit_content.read(golden)
    assert content.schema == schema
    assert visit_content.canonical(content) == golden


def test_an_earlier_schema_has_no_later_fields() -> None:
    raw = json.loads((GOLDEN / "visit_content_1.json").read_bytes()) | {"grids": []}
    with pytest.raises(ValueError, match="grids"):
        visit_content.read(json.dumps(raw))


def test_a_content_reads_back_as_it_was() -> None:
    content = full_content()
    assert visit_content.read(visit_content.canonical(content)) == content


def test_equal_doses_have_equal_bytes() -> None:
    content = full_content()
    assert content.session is not None
    sites = (replace(content.session.sites[0], units=Decimal("2.5")),)
    same = replace(content, session=replace(content.session, sites=sites))
    assert visit_content.digest(same) == visit_content.digest(content)


@pytest.mark.parametrize("schema", [0, visit_content.SCHEMA + 1, "1", None])
def test_an_unknown_schema_is_refused(schema: object) -> None:
    raw = json.loads(visit_content.canonical(full_content())) | {"schema": schema}
    with pytest.raises(ValueError, match="schema"):
        visit_content.read(json.dumps(raw))


@pytest.mark.parametrize("change", ["more", "less"])
def test_another_shape_is_refused(change: str) -> None:
    raw = json.loads(visit_content.canonical(full_content()))
    if change == "more":
        raw["patient"]["extra"] = 1
    else:
        del raw["patient"]["sex"]
    with pytest.raises(ValueError, match="PatientContent"):
        visit_content.read(json.dumps(raw))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_survives(text: str) -> None:
    content = full_content()
    changed = replace(content, patient=replace(content.patient, given_names=text))
    assert visit_content.read(visit_content.canonical(changed)) == changed
