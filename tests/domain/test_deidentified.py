"""An export without names: pseudonyms, shifts, bands, small cells, and that nothing of the record's own words comes out."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement
from clinic.domain.deidentified import released
from clinic.domain.deidentified_files import files, packed
from clinic.domain.deidentified_rows import (
    CohortRecord,
    EffectRow,
    EpisodeRow,
    EventRow,
    GradeRow,
    PatientRow,
    ReviewRow,
    ScoreRow,
    SiteRow,
)
from clinic.domain.deidentified_rules import OTHER, SHIFT_DAYS, age_band, codes, pooled, pseudonym, shift_of
from clinic.domain.deidentified_tables import ExportTable, Release
from clinic.domain.errors import Invalid
from clinic.domain.injections import Depth, Purpose
from clinic.domain.patients import Cause, DatePrecision, Sex
from clinic.domain.reviews import Contact, Wearing

IDS = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=26, max_size=26)
ON = date(2025, 3, 4)


def ids(count: int) -> list[str]:
    return [f"patient-canary-{number}" for number in range(count)]


def site(patient: str, on: date = ON, **values: object) -> SiteRow:
    given = SiteRow(
        patient, f"session-canary-{patient}-{on}", on, on, False, False, 1, "mentalis", None, Side.LEFT, -12, -345,
        Depth.INTRAMUSCULAR, Purpose.SYNKINESIS, Decimal("2.50"), "botox", "Dr Canary",
    )  # fmt: skip
    return replace(given, **values)  # type: ignore[arg-type]


def record(count: int = 6, *, sites: tuple[SiteRow, ...] = ()) -> CohortRecord:
    """Patients who are alike, each with one of everything."""
    people = ids(count)
    place = (Side.LEFT, Movement.BIG_SMILE, Group.EYE)
    sessions = {one: f"session-canary-{one}-{ON}" for one in people}
    review = ON + timedelta(days=30)
    return CohortRecord(
        patients=tuple(PatientRow(one, date(1979, 2, 3), Sex.FEMALE) for one in people),
        episodes=tuple(
            EpisodeRow(one, Side.LEFT, Cause.BELLS_PALSY, date(2020, 1, 1), DatePrecision.MONTH, 4) for one in people
        ),
        sites=sites or tuple(site(one) for one in people),
        grades=tuple(GradeRow(one, ON, "Dr Canary", *place, 3, None) for one in people),
        scores=tuple(ScoreRow(one, ON, "saq", "2007", None, "", "total", Decimal("40.00")) for one in people),
        reviews=tuple(
            ReviewRow(f"review-canary-{one}", one, sessions[one], review, Contact.VISIT, 5, 14, Wearing.GONE, 77, None)
            for one in people
        ),
        effects=tuple(EffectRow(f"review-canary-{one}", *place, 60, False) for one in people),
        events=tuple(
            EventRow(one, sessions[one], Kind.DRY_EYE, 1, Side.LEFT, ON, None, Relation.POSSIBLE, False)
            for one in people
        ),
    )


def table(release: Release, name: str) -> ExportTable:
    return next(one for one in release.tables if one.name == name)


def column(release: Release, name: str, of: str) -> list[str]:
    found = table(release, name)
    place = [one.name for one in found.columns].index(of)
    return [row[place] for row in found.rows]


@given(IDS, IDS)
def test_a_shift_is_never_nothing_and_never_too_far(salt: str, patient: str) -> None:
    days = shift_of(salt, patient).days
    assert days != 0
    assert -SHIFT_DAYS <= days <= SHIFT_DAYS
    assert shift_of(salt, patient) == timedelta(days=days)


def test_every_shift_is_used() -> None:
    found = {shift_of("salt", str(number)).days for number in range(20_000)}
    assert found == set(range(-SHIFT_DAYS, SHIFT_DAYS + 1)) - {0}


@given(IDS, IDS, IDS)
def test_another_cohort_has_other_pseudonyms(first: str, second: str, patient: str) -> None:
    assert (pseudonym(first, patient) == pseudonym(second, patient)) == (first == second)
    assert patient not in pseudonym(first, patient)


def test_codes_follow_no_alphabet_and_say_nothing() -> None:
    names = [f"Dr {letter}" for letter in "ABCDEFGH"]
    found = codes("salt", "R", names)
    assert sorted(found[name] for name in names) == [f"R{n}" for n in range(1, 9)]
    assert [found[name] for name in names] != [f"R{n}" for n in range(1, 9)]
    assert found[""] == ""


@pytest.mark.parametrize(
    ("age", "band"), [(0, "0-4"), (4, "0-4"), (5, "5-9"), (89, "85-89"), (90, "90 or more"), (104, "90 or more")]
)
def test_ages_are_bands_and_the_oldest_are_one(age: int, band: str) -> None:
    assert age_band(date(1900, 6, 1), date(1900 + age, 6, 1)) == band


def people(count: int, start: int = 0) -> set[str]:
    return {str(number) for number in range(start, start + count)}


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({"a": 9, "b": 6, "c": 5}, set()),  # At the threshold it stays.
        ({"a": 9, "b": 6, "c": 4}, {"b", "c"}),  # One alone could be worked out: the next smallest goes too.
        ({"a": 9, "b": 3, "c": 4}, {"b", "c"}),  # Two, seven patients together: enough.
        ({"a": 9, "b": 1, "c": 1}, {"a", "b", "c"}),  # Together still too few.
        ({"a": 4}, {"a"}),
        ({"a": 5}, set()),
        ({"a": 6}, set()),
        ({"": 1, "a": 9}, set()),  # Nothing known is no category.
    ],
)
def test_small_categories_are_taken_together(sizes: dict[str, int], hidden: set[str]) -> None:
    start = 0
    values = {}
    for value, count in sizes.items():
        values[value] = people(count, start)
        start += count
    assert pooled(values) == hidden


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sets(st.integers(0, 30).map(str), min_size=1), max_size=8))
def test_no_small_category_stays_and_none_can_be_worked_out(values: dict[str, set[str]]) -> None:
    hidden = pooled(values)
    assert all(len(values[one]) >= 5 for one in values if one not in hidden)
    if hidden and hidden != set(values):
        assert len(hidden) > 1
        assert len(set().union(*(values[one] for one in hidden))) >= 5


@pytest.mark.parametrize(("count", "refused"), [(0, True), (4, True), (5, False), (6, False)])
def test_a_cohort_of_fewer_than_five_is_refused(count: int, refused: bool) -> None:
    if refused:
        with pytest.raises(Invalid, match="fewer than 5"):
            released(record(count), "salt")
    else:
        assert released(record(count), "salt").patients == count


def test_nothing_of_the_record_itself_is_in_any_file() -> None:
    for name, body in files(released(record(), "salt-canary")):
        assert b"canary" not in body.lower(), name
        assert b"1979" not in body, name


def test_the_same_cohort_gives_the_same_bytes_and_another_salt_others() -> None:
    one = record()
    turned = replace(one, patients=one.patients[::-1], sites=one.sites[::-1])
    assert packed(released(one, "salt")) == packed(released(turned, "salt"))
    assert packed(released(one, "salt")) != packed(released(one, "pepper"))
    first, second = (set(column(released(one, salt), "patients", "patient")) for salt in ("salt", "pepper"))
    assert not first & second


@settings(max_examples=40)
@given(st.lists(st.dates(date(2015, 1, 1), date(2026, 1, 1)), min_size=2, max_size=8, unique=True), IDS)
def test_order_and_time_between_sessions_stay_exact(days: list[date], salt: str) -> None:
    sites = tuple(site(one, day) for one in ids(5) for day in days)
    release = released(record(5, sites=sites), salt)
    name = pseudonym(salt, ids(5)[0])
    found = [(int(row[1]), date.fromisoformat(row[2])) for row in table(release, "sessions").rows if row[0] == name]
    shifted = [day for _, day in sorted(found)]
    expected = sorted(days)
    assert [b - a for a, b in pairwise(shifted)] == [b - a for a, b in pairwise(expected)]
    assert shifted[0] - expected[0] == shift_of(salt, ids(5)[0])


def test_an_onset_known_by_its_month_has_no_date_that_would_betray_the_shift() -> None:
    release = released(record(), "salt")
    assert set(column(release, "episodes", "onset_date")) == {""}
    assert set(column(release, "episodes", "years_to_first_session")) == {"5"}


@pytest.mark.parametrize(
    ("cause", "onset"),
    [
        (Cause.CONGENITAL, date(1979, 2, 3)),
        (Cause.CONGENITAL, date(1999, 1, 1)),  # Whatever day was typed: the cause says that it is the birth.
        (Cause.TRAUMA, date(1979, 2, 3)),
        (Cause.TRAUMA, date(1980, 2, 2)),  # The last day of the first year of life.
    ],
)
@pytest.mark.parametrize("precision", [DatePrecision.DAY, DatePrecision.YEAR])
def test_an_onset_at_birth_does_not_tell_the_age(cause: Cause, onset: date, precision: DatePrecision) -> None:
    one = record()
    episodes = tuple(replace(e, cause=cause, onset_on=onset, precision=precision) for e in one.episodes)
    release = released(replace(one, episodes=episodes), "salt")
    assert set(column(release, "episodes", "onset_date")) == {""}
    assert set(column(release, "episodes", "years_to_first_session")) == {""}


def test_an_onset_after_the_first_year_of_life_is_told() -> None:
    one = record()
    episodes = tuple(replace(e, onset_on=date(1980, 2, 3), precision=DatePrecision.DAY) for e in one.episodes)
    release = released(replace(one, episodes=episodes), "salt")
    assert "" not in column(release, "episodes", "onset_date")


@pytest.mark.parametrize(
    ("onset", "years"), [(date(1985, 3, 4), "40"), (date(1985, 3, 5), "39"), (date(2025, 4, 1), "0")]
)
def test_years_since_onset_are_whole_years_of_the_calendar(onset: date, years: str) -> None:
    one = record()
    episodes = tuple(replace(e, onset_on=onset, precision=DatePrecision.DAY) for e in one.episodes)
    assert set(column(released(replace(one, episodes=episodes), "salt"), "episodes", "years_to_first_session")) == {
        years
    }


@pytest.mark.parametrize(("last", "band"), [(date(2024, 5, 31), "85-89"), (date(2024, 6, 1), "90 or more")])
def test_who_is_ninety_before_the_course_ends_is_in_the_oldest_band(last: date, band: str) -> None:
    one = record(sites=tuple(site(who, day) for who in ids(6) for day in (date(2022, 1, 1), last)))
    old = tuple(replace(who, birth_date=date(1934, 6, 1)) for who in one.patients)
    none = replace(one, patients=old, grades=(), scores=(), reviews=(), effects=(), events=())
    assert set(column(released(none, "salt"), "patients", "age_at_first_session")) == {band}


def test_a_death_or_a_serious_event_of_a_few_is_no_category_of_its_own() -> None:
    one = record(20)
    events = tuple(
        replace(e, grade=5 if n == 0 else 1 if n < 10 else 2, serious=n == 0, relation=Relation.POSSIBLE)
        for n, e in enumerate(one.events)
    )
    episodes = tuple(replace(e, worst_house_brackmann=6 if n < 2 else 4) for n, e in enumerate(one.episodes))
    release = released(replace(one, events=events, episodes=episodes), "salt")
    assert {*column(release, "events", "grade")} == {OTHER, "2"}
    assert {*column(release, "events", "serious")} == {OTHER}
    assert {*column(release, "episodes", "worst_house_brackmann")} == {OTHER}


def test_a_rare_muscle_goes_with_its_place_and_a_rare_event_with_its_name() -> None:
    one = record(12)
    rare = tuple(
        site(who, muscle="platysma" if n < 2 else "mentalis" if n < 6 else "frontalis") for n, who in enumerate(ids(12))
    )
    release = released(replace(one, sites=rare, events=one.events[:4]), "salt")
    muscles = column(release, "sites", "muscle")
    assert (muscles.count(OTHER), muscles.count("frontalis"), muscles.count("mentalis")) == (6, 6, 0)
    hidden = [row for row in table(release, "sites").rows if OTHER in row]
    assert all(row[6] == row[8] == row[9] == "" for row in hidden)
    assert set(column(release, "events", "kind")) == {OTHER}
    assert ("sites", "muscle", 2, 6) in {(p.table, p.column, p.categories, p.patients) for p in release.pooled}


def test_unknown_words_in_coded_columns_do_not_come_out() -> None:
    sites = tuple(site(one, muscle="told by canary", product="bought by canary", sub_site="canary") for one in ids(6))
    release = released(record(sites=sites), "salt")
    assert set(column(release, "sites", "muscle")) == {"unknown"}
    assert b"canary" not in b"".join(body for _, body in files(release))


def test_the_files_can_be_read_and_every_column_is_explained() -> None:
    release = released(record(), "salt")
    with zipfile.ZipFile(io.BytesIO(packed(release))) as archive:
        assert archive.namelist()[:2] == ["README.txt", "dictionary.json"]
        assert all(entry.date_time == (1980, 1, 1, 0, 0, 0) for entry in archive.infolist())
        dictionary = json.loads(archive.read("dictionary.json"))
        for one in dictionary["tables"]:
            heads = archive.read(one["file"]).decode().splitlines()[0].split(",")
            assert heads == [of["name"] for of in one["columns"]]
            assert all(of["meaning"] for of in one["columns"])
        assert ",-12,-345," in archive.read("sites.csv").decode()
        assert "de-identified is not anonymous" in archive.read("README.txt").decode().lower()
