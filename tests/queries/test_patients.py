"""The strip, the list, search and the record: what they show and how many statements they take."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.errors import NotFound
from clinic.domain.injections import Answer, MuscleState
from clinic.domain.patients import Cause, DatePrecision, EarlierTreatmentKind, SafetyFactKind
from clinic.models import Patient
from clinic.queries import patient_search
from clinic.queries.patient_records import PatientRecord, patient_record
from clinic.queries.patient_search import SearchResult
from clinic.queries.patients import PatientStrip, strip
from clinic.services import conditions, patients, safety_facts
from clinic.services.conditions import MuscleStatusValues, ToxinValues, TreatmentValues
from clinic.services.safety_facts import FactAnswer
from clinic.unit_of_work import Work
from tests import stages
from tests.factories import ClinicWorld, make_condition, make_patient
from tests.web.statements import counted


def seen_strip(work: Work, clinic: ClinicWorld, patient_id: str) -> PatientStrip:
    with work.reading(clinic.prescriber) as uow, counted(work.engine) as statements:
        found = strip(uow, patient_id)
    assert len(statements) <= 3
    return found


def find(work: Work, clinic: ClinicWorld, text: str, *, retired: bool = False) -> SearchResult:
    with work.reading(clinic.prescriber) as uow, counted(work.engine) as statements:
        found = patient_search.search(uow, text, retired=retired)
    assert len(statements) <= 3
    return found


def record(work: Work, clinic: ClinicWorld, patient_id: str) -> PatientRecord:
    with work.reading(clinic.prescriber) as uow, counted(work.engine) as statements:
        found = patient_record(uow, patient_id)
    assert len(statements) <= 10
    return found


def test_the_strip_says_who(work: Work, clinic: ClinicWorld) -> None:
    patient_id = make_patient(work, clinic.prescriber, record_number="K-1")
    make_condition(work, clinic.prescriber, patient_id, side=Side.RIGHT)
    found = seen_strip(work, clinic, patient_id)
    assert (found.display_name, found.birth_date_text, found.age) == ("Keane, Margaret", "3 Feb 1979", 47)
    assert found.condition_text == "Bell's palsy, right, 14 Mar 2024"
    assert (found.lookalike_text, found.retired, found.record_number) == (None, False, "K-1")


def test_the_age_counts_by_the_clinics_own_day(work: Work, clinic: ClinicWorld, clock) -> None:
    patient_id = make_patient(work, clinic.prescriber, birth_date=date(1979, 11, 23))
    assert seen_strip(work, clinic, patient_id).age == 46
    clock.move(hours=13, minutes=1)  # 23:01 UTC is past midnight in Berlin.
    assert seen_strip(work, clinic, patient_id).age == 47


@pytest.mark.parametrize(
    ("other", "warned"),
    [
        ({"family_name": "Keane", "birth_date": date(1990, 1, 1)}, True),
        ({"family_name": "Margaret", "given_names": "Keané", "birth_date": date(1990, 1, 1)}, True),
        ({"family_name": "Kean", "birth_date": date(1990, 1, 1)}, True),
        ({"family_name": "Brandt", "given_names": "Sabine"}, True),
        ({"family_name": "Brandt", "birth_date": date(1990, 1, 1)}, False),
    ],
)
def test_the_strip_warns_of_a_look_alike(
    work: Work, clinic: ClinicWorld, other: dict[str, object], warned: bool
) -> None:
    first = make_patient(work, clinic.prescriber)
    second = make_patient(work, clinic.prescriber, **other)
    found = seen_strip(work, clinic, second).lookalike_text
    assert found == ("Another patient: Keane, Margaret, born 3 Feb 1979" if warned else None)
    assert bool(seen_strip(work, clinic, first).lookalike_text) is warned


def test_look_alikes_are_counted_and_the_nearest_is_named(work: Work, clinic: ClinicWorld) -> None:
    first = make_patient(work, clinic.prescriber)
    make_patient(work, clinic.prescriber, family_name="Aalto", given_names="Aino")
    make_patient(work, clinic.prescriber, birth_date=date(1990, 1, 1))
    found = seen_strip(work, clinic, first).lookalike_text
    assert found == "Another patient: Keane, Margaret, born 1 Jan 1990, and 1 more"


def test_retired_and_other_clinics_patients_are_no_look_alikes(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    first = make_patient(work, clinic.prescriber)
    second = make_patient(work, clinic.prescriber, birth_date=date(1990, 1, 1))
    make_patient(work, other_clinic.prescriber)
    with work.writing(clinic.prescriber) as uow:
        patients.retire_patient(uow, second, 1, "Entered twice.")
    assert seen_strip(work, clinic, first).lookalike_text is None


def test_nobody_of_another_clinic_is_found(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld) -> None:
    patient_id = make_patient(work, other_clinic.prescriber)
    with pytest.raises(NotFound), work.reading(clinic.prescriber) as uow:
        strip(uow, patient_id)
    with pytest.raises(NotFound), work.reading(clinic.prescriber) as uow:
        patient_record(uow, patient_id)
    assert find(work, clinic, "keane").rows == ()
    with work.reading(clinic.prescriber) as uow:
        assert patient_search.patient_list(uow).total == 0


@pytest.fixture
def jose(work: Work, clinic: ClinicWorld) -> str:
    return stages.once(work, ("jose", clinic.id), lambda: make_jose(work, clinic))


def make_jose(work: Work, clinic: ClinicWorld) -> str:
    make_patient(work, clinic.prescriber, birth_date=date(1979, 11, 12), record_number="A-7")
    make_patient(work, clinic.prescriber, family_name="Zuzić", given_names="Zoë", record_number="Z 9")
    return make_patient(
        work,
        clinic.prescriber,
        family_name="Marín López",
        given_names="José",
        birth_date=date(1979, 12, 11),
        record_number="K-01042",
    )


@pytest.mark.parametrize(
    "typed",
    ["marin", "MARÍN", "jo", "lop jos", "jose marin", "Marín, José", "K-01042", "k01042", "1042", "01042", "k-01",
     "1979-12-11", "11.12.1979", "11 Dec 1979", "Dec 11, 1979", "marin 11 Dec 1979", "11.12.79"],
)  # fmt: skip
def test_search_finds_by_the_start_of_any_word_number_or_birth_date(
    work: Work, clinic: ClinicWorld, jose: str, typed: str
) -> None:
    assert [row.id for row in find(work, clinic, typed).rows] == [jose]


@pytest.mark.parametrize("typed", ["arin", "marin keane", "1043", "12 Dec 1979", "marin 3 Feb 1979", "%", "m%n"])
def test_search_wants_every_word_from_its_start(work: Work, clinic: ClinicWorld, jose: str, typed: str) -> None:
    assert find(work, clinic, typed).rows == ()


def test_the_last_letters_of_the_alphabet_are_found(work: Work, clinic: ClinicWorld, jose: str) -> None:
    assert [row.display_name for row in find(work, clinic, "z").rows] == ["Zuzić, Zoë"]
    assert [row.display_name for row in find(work, clinic, "zuz zo").rows] == ["Zuzić, Zoë"]


def test_an_ambiguous_birth_date_finds_both_and_says_so(work: Work, clinic: ClinicWorld, jose: str) -> None:
    found = find(work, clinic, "11/12/1979")
    assert [row.display_name for row in found.rows] == ["Keane, Margaret", "Marín López, José"]
    assert "both were searched" in found.note


def test_nothing_typed_is_no_search(work: Work, clinic: ClinicWorld, jose: str) -> None:
    found = find(work, clinic, "  ")
    assert (found.rows, found.searched) == ((), False)


def test_retired_records_are_found_only_when_asked_for(work: Work, clinic: ClinicWorld, jose: str) -> None:
    with work.writing(clinic.prescriber) as uow:
        patients.retire_patient(uow, jose, 1, "Entered twice.")
    assert find(work, clinic, "marin").rows == ()
    assert find(work, clinic, "marin", retired=True).rows[0].retired
    with work.reading(clinic.prescriber) as uow:
        assert [row.id for row in patient_search.patient_list(uow, retired=True).rows] == [jose]
        assert patient_search.patient_list(uow).total == 2


def test_many_hits_are_cut_and_said(work: Work, clinic: ClinicWorld) -> None:
    with work.writing(clinic.prescriber) as uow:
        for number in range(26):
            values = patients.PatientValues(
                "Brandt", f"P{'abcdefghijklmnopqrstuvwxyz'[number] * 4}", date(1950 + number, 1, 1), f"B{number}"
            )
            patients.create_patient(uow, values)
    found = find(work, clinic, "brandt")
    assert (len(found.rows), found.more) == (25, True)


def test_the_search_goes_by_ranges_of_the_index(work: Work, clinic: ClinicWorld) -> None:
    with work.reading(clinic.prescriber) as uow, counted(work.engine) as statements:
        patient_search.search(uow, "marin")
    asked = next(one for one in statements if "patient_word" in one)
    assert "LIKE" not in asked.upper()
    assert re.search(r"patient_word\w*\.word >= ", asked)
    assert re.search(r"patient_word\w*\.word < ", asked)


def test_the_list_shows_newest_seen_first_by_pages(work: Work, clinic: ClinicWorld) -> None:
    with work.writing(clinic.prescriber) as uow:
        for number in range(45):
            values = patients.PatientValues(
                f"F{'abcdefghij'[number % 10] * 5}{number}x", f"G{number}y", date(1940 + number, 1, 1), f"B{number:02}"
            )
            patient_id = patients.create_patient(uow, values)
            row = uow.session.get_one(Patient, (clinic.id, patient_id))
            row.last_visit_on = date(2026, 1, 1) + timedelta(days=number)
            row.next_due_on = date(2026, 11, 30) - timedelta(days=number) if number < 10 else None
    newest = make_patient(work, clinic.prescriber)
    with work.reading(clinic.prescriber) as uow, counted(work.engine) as statements:
        first = patient_search.patient_list(uow)
    assert len(statements) <= 4
    assert (first.total, first.first, first.last, first.more) == (46, 1, 40, True)
    assert [first.rows[0].id, first.rows[1].record_number] == [newest, "B44"]
    with work.reading(clinic.prescriber) as uow:
        last = patient_search.patient_list(uow, page=99)
        due = patient_search.patient_list(uow, due_first=True)
    assert (last.page, last.first, last.last, last.more) == (2, 41, 46, False)
    assert [row.record_number for row in due.rows[:2]] == ["B09", "B08"]
    assert [row.due for row in due.rows] == [True, True] + [False] * 8


def test_an_empty_list(work: Work, clinic: ClinicWorld) -> None:
    with work.reading(clinic.prescriber) as uow:
        found = patient_search.patient_list(uow, page=3)
    assert (found.page, found.total, found.rows, found.more) == (1, 0, (), False)


def test_the_record_holds_everything_in_words(work: Work, clinic: ClinicWorld) -> None:
    actor = clinic.prescriber
    patient_id = make_patient(work, actor, phone="+49 30 1")
    condition_id = make_condition(work, actor, patient_id, worst_house_brackmann=5, onset_precision=DatePrecision.MONTH)
    make_condition(work, actor, patient_id, side=Side.RIGHT, cause=Cause.LYME, onset_on=None)
    with work.writing(actor) as uow:
        conditions.add_treatment(
            uow,
            patient_id,
            condition_id,
            TreatmentValues(EarlierTreatmentKind.TOXIN, date(2025, 1, 1), DatePrecision.YEAR),
        )
        conditions.add_toxin_elsewhere(uow, patient_id, ToxinValues("botox", Decimal("37.5"), date(2026, 8, 14)))
        conditions.add_muscle_status(uow, patient_id, MuscleStatusValues("platysma", Side.LEFT, MuscleState.RESECTED))
    found = record(work, clinic, patient_id)
    assert {one.text for one in found.conditions} == {
        "Bell's palsy, left, Mar 2024",
        "Lyme disease, right, onset not known",
    }
    dated = next(one for one in found.conditions if one.id == condition_id)
    assert (dated.worst_text, dated.since) == ("V", "2 years")
    assert [(one.kind, one.on_text) for one in found.treatments] == [("botulinum toxin", "2025")]
    assert [(one.units_text, one.product) for one in found.toxins] == [
        ("37.5\u00a0units", "onabotulinumtoxinA (Botox)")
    ]
    assert [(one.text, one.state) for one in found.muscles] == [("Platysma, left", "resected")]
    assert found.phone == "+49 30 1"


def test_a_fact_is_not_asked_then_asked_then_stale(work: Work, clinic: ClinicWorld) -> None:
    actor = clinic.prescriber
    patient_id = make_patient(work, actor)
    found = record(work, clinic, patient_id)
    assert ({fact.answer_text for fact in found.facts}, found.to_ask) == ({"not asked"}, len(SafetyFactKind))
    for kind, days in ((SafetyFactKind.SWALLOWING, 365), (SafetyFactKind.BREATHING, 366)):
        with work.writing(actor) as uow:
            version = strip(uow, patient_id).edit_version
            safety_facts.record_safety_facts(
                uow,
                patient_id,
                version,
                {kind: FactAnswer(Answer.NO)},
                asked_on=date(2026, 11, 22) - timedelta(days=days),
            )
    facts = {fact.kind: fact for fact in record(work, clinic, patient_id).facts}
    assert not facts[SafetyFactKind.SWALLOWING].stale
    assert facts[SafetyFactKind.BREATHING].stale


def test_what_was_taken_out_is_not_shown(work: Work, clinic: ClinicWorld) -> None:
    actor = clinic.prescriber
    patient_id = make_patient(work, actor)
    condition_id = make_condition(work, actor, patient_id)
    with work.writing(actor) as uow:
        treatment = conditions.add_treatment(
            uow, patient_id, condition_id, TreatmentValues(EarlierTreatmentKind.TRAINING)
        )
        toxin = conditions.add_toxin_elsewhere(uow, patient_id, ToxinValues("botox", Decimal(5), date(2026, 8, 14)))
        muscle = conditions.add_muscle_status(
            uow, patient_id, MuscleStatusValues("platysma", Side.LEFT, MuscleState.ABSENT)
        )
    with work.writing(actor) as uow:
        conditions.retire_treatment(uow, patient_id, treatment, "Wrong patient.")
        conditions.retire_toxin_elsewhere(uow, patient_id, toxin, "Wrong patient.")
        conditions.retire_muscle_status(uow, patient_id, muscle, "Wrong patient.")
    found = record(work, clinic, patient_id)
    assert (found.treatments, found.toxins, found.muscles) == ((), (), ())
    with work.writing(actor) as uow:
        conditions.retire_condition(uow, patient_id, condition_id, "Wrong patient.")
    assert record(work, clinic, patient_id).conditions == ()
    assert seen_strip(work, clinic, patient_id).condition_text == ""
