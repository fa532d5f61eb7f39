"""A FHIR bundle as a function of the record: doses, sides and what stands equal those of the record, and nothing is empty."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.fhir import outcomes
from clinic.domain.fhir.bundle import FhirRecord, bundle
from clinic.domain.fhir.outcomes import Event
from clinic.domain.fhir.people import Person
from clinic.domain.fhir.visits import Palsy, SignedVisit
from clinic.domain.plan_content import PlanItemContent
from clinic.domain.visit_content import SiteContent, VisitContent
from tests.domain.contents import full_content
from tests.queries.fhir_validators import faults

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PERSON = Person("p1", "77", "Keane", "Margaret", date(1979, 2, 3), "female", "", "", "1 Road\nTown", False, True)
PALSY = Palsy("c1", "Bell's palsy", "left", None, "spring 2019", "", "", "")
EVENT = Event(
    "e1", "eyelid_ptosis", "Drooping of the upper lid", 2, "moderate", "left", "possible", False,
    date(2026, 9, 1), None, AT, "Dr A", "Since Tuesday", "", ("s1",), (),
)  # fmt: skip
Resource = dict[str, Any]


def signed(content: VisitContent, **values: Any) -> SignedVisit:
    return SignedVisit(content, "Dr A", "performed", AT, "0" * 64, **values)


def made(*visits: SignedVisit, **values: Any) -> Resource:
    """A bundle as it is sent: numbers read back exactly."""
    record = FhirRecord("1", "Clinic", "", "", PERSON, (PALSY,), visits, {}, (), (), (), ())
    sent = json.dumps(bundle(replace(record, **values), AT), default=float)
    return json.loads(sent, parse_float=Decimal)  # type: ignore[no-any-return]


def resources(found: Resource, kind: str) -> list[Resource]:
    return [one["resource"] for one in found["entry"] if one["resource"]["resourceType"] == kind]


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    else:
        yield value


def with_sites(sites: list[SiteContent], **values: Any) -> VisitContent:
    content = full_content()
    assert content.session is not None
    return replace(content, session=replace(content.session, sites=tuple(sites), **values))


def a_site(number: int, muscle: str, side: Side, units: Decimal, *, given_now: bool) -> SiteContent:
    session = full_content().session
    assert session is not None
    return replace(
        session.sites[0], id=f"s{number}", number=number, muscle=muscle, muscle_label=MUSCLES[muscle].label,
        side=side.value, units=units, given_at=AT if given_now else None,
    )  # fmt: skip


SITES = st.lists(
    st.tuples(
        st.sampled_from(sorted(MUSCLES)),
        st.sampled_from(Side),
        st.decimals(min_value=Decimal("0.01"), max_value=1000, places=2),
        st.booleans(),
    ),
    max_size=8,
)


@given(SITES, st.booleans())
def test_doses_and_sides_are_those_of_the_record(
    drawn: list[tuple[str, Side, Decimal, bool]], transcribed: bool
) -> None:
    sites = [
        a_site(number, muscle, side, units, given_now=now) for number, (muscle, side, units, now) in enumerate(drawn, 1)
    ]
    found = made(signed(with_sites(sites, transcribed=transcribed)))
    told = Counter(
        (*one["dosage"]["site"]["coding"][0]["code"].split(":"), Decimal(one["dosage"]["dose"]["value"]))
        for one in resources(found, "MedicationAdministration")
    )
    expected = [site for site in sites if transcribed or site.given_at]
    assert told == Counter((site.muscle, site.side, site.units) for site in expected)
    for one in resources(found, "MedicationAdministration"):
        side = one["dosage"]["site"]["coding"][0]["code"].split(":")[1]
        assert one["dosage"]["site"]["text"].endswith("midline" if side == "midline" else f"patient’s {side}")
        assert one["dosage"]["dose"]["code"] == "[arb'U]"
        assert "mg" not in one["dosage"]["dose"]["unit"].split()
    assert len(resources(found, "Procedure")) == bool(expected)


def test_the_full_content_is_valid_and_nothing_in_it_is_empty() -> None:
    content = full_content()
    assert content.session is not None
    sites = tuple(replace(site, depth="", given_at=AT) for site in content.session.sites)
    bare = replace(content, author="", session=replace(content.session, sites=sites, given_by="", indication=" "))
    bare = replace(bare, reviews=tuple(replace(one, answered_by="") for one in bare.reviews))
    found = made(signed(bare), events=(EVENT,), plan=full_content().plan)
    assert faults(found) == []
    assert not [one for one in leaves(found) if one in ({}, []) or (isinstance(one, str) and not one.strip())]


def test_a_session_copied_from_paper_says_so_and_names_nobody_who_was_not_there() -> None:
    site = replace(a_site(1, "mentalis", Side.LEFT, Decimal("1.25"), given_now=False), product="", syringe="")
    site = replace(site, product_name="vial to be added")
    found = made(
        signed(with_sites([site], transcribed=True, given_by="", syringes=(), transcribed_source="her letter"))
    )
    (one,) = resources(found, "MedicationAdministration")
    assert one["performer"] == [{"actor": {"display": "not recorded"}}]
    assert "Transcribed from her letter" in [note["text"] for note in one["note"]]
    assert one["dosage"]["dose"] == {
        "value": Decimal("1.25"), "unit": "units of product not recorded",
        "system": "http://unitsofmeasure.org", "code": "[arb'U]",
    }  # fmt: skip
    assert resources(found, "Medication")[0]["code"] == {"text": "product not recorded"}
    assert faults(found) == []


def test_a_lot_that_nobody_noted_is_no_lot_number() -> None:
    session = full_content().session
    assert session is not None
    syringe = replace(session.syringes[0], letter="", lot="lot unknown", expires_on=None)
    site = replace(a_site(1, "mentalis", Side.LEFT, Decimal(2), given_now=False), syringe="")
    found = made(signed(with_sites([site], transcribed=True, syringes=(syringe,))))
    assert "batch" not in resources(found, "Medication")[0]


def test_a_site_without_units_has_no_dosage_and_keeps_its_place_in_words() -> None:
    site = a_site(1, "mentalis", Side.LEFT, Decimal(0), given_now=False)
    (one,) = resources(made(signed(with_sites([site], transcribed=True))), "MedicationAdministration")
    assert "dosage" not in one, "R4 mad-1: a dosage has a dose or a rate"
    assert any("patient’s left: units not recorded" in note["text"] for note in one["note"])


@pytest.mark.parametrize(("stands", "status"), [(True, "completed"), (False, "entered-in-error")])
def test_what_a_voided_visit_gave_stands_where_it_is_in_the_patient(stands: bool, status: str) -> None:
    content = with_sites([a_site(1, "mentalis", Side.LEFT, Decimal(2), given_now=True)])
    found = made(signed(content, voided="Wrong day; units", units_stand=stands))
    assert resources(found, "Encounter")[0]["status"] == "entered-in-error"
    for kind in ("Procedure", "MedicationAdministration"):
        assert [one["status"] for one in resources(found, kind)] == [status]
    assert resources(found, "Procedure")[0]["statusReason"] == {"text": "The visit was voided: Wrong day; units"}


@pytest.mark.parametrize(
    ("grade", "serious", "seriousness", "outcome"),
    [
        (2, False, "Non-serious", "ongoing"),
        (2, True, "Serious", "ongoing"),
        (4, True, "SeriousIsLifeThreatening", "ongoing"),
        (5, True, "SeriousResultsInDeath", "fatal"),
    ],
)
def test_an_adverse_event_says_side_words_seriousness_and_outcome(
    grade: int, serious: bool, seriousness: str, outcome: str
) -> None:
    found = outcomes.adverse_event(replace(EVENT, grade=grade, serious=serious), "p1", ())["resource"]
    assert "patient’s left" in found["event"]["text"]
    assert "Since Tuesday" in found["event"]["text"]
    assert found["seriousness"]["coding"][0]["code"] == seriousness
    assert found["outcome"]["coding"][0]["code"] == outcome


def test_an_event_that_was_judged_unrelated_suspects_nothing() -> None:
    site = a_site(1, "mentalis", Side.LEFT, Decimal(2), given_now=True)
    for relation, suspects in (("possible", 1), ("unrelated", 0)):
        event = replace(EVENT, relation=relation, site_ids=(site.id,))
        (one,) = resources(made(signed(with_sites([site])), events=(event,)), "AdverseEvent")
        assert len(one.get("suspectEntity", [])) == suspects
        assert ("judged unrelated" in one["event"]["text"]) is (suspects == 0)


def test_a_palsy_has_the_code_of_synkinesis_only_where_some_was_graded() -> None:
    content = full_content()
    assert any(cell.grade and cell.side == "left" for grid in content.grids for cell in grid.cells)
    assert "coding" in resources(made(signed(content)), "Condition")[0]["code"]
    assert "coding" not in resources(made(signed(content, voided="x")), "Condition")[0]["code"]
    assert "coding" not in resources(made(), "Condition")[0]["code"]


def test_a_goal_has_a_day_without_a_measure_that_it_lacks() -> None:
    item = PlanItemContent(
        "g1", "goal", "Goal", 1, "agreed", "Drink without leaking", (), "", (), "", "", "", "", 0, Decimal(0),
        date(2027, 1, 1), "Dr A", AT,
    )  # fmt: skip
    found = made(plan=(item, replace(item, id="r1", kind="referral", kind_label="Referral")))
    assert resources(found, "Goal")[0]["target"] == [{"dueDate": "2027-01-01"}], "R4 gol-1: a detail needs a measure"
    detail = resources(found, "CarePlan")[0]["activity"][0]["detail"]
    assert "performer" not in detail, "who entered it is not who will do it"
    assert "entered by Dr A" in detail["description"]
    assert faults(found) == []
