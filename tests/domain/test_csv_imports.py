"""The table as a whole: its headings, the width of its lines, its report, and what its lines say of people and sessions."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal

from clinic.domain.anatomy import Side
from clinic.domain.csv_import_patients import LikePeople, PersonLine, person_line
from clinic.domain.csv_import_sessions import UNPLACED, SiteLine, disagreements, sessions, site_line
from clinic.domain.csv_import_values import table_lines
from clinic.domain.csv_imports import (
    COLUMNS,
    DayOrder,
    Kind,
    Problem,
    Problems,
    Report,
    column_named,
    file_name,
    line_words,
    problem_rows,
    report_json,
    report_of,
)
from clinic.domain.csv_reading import survey
from clinic.domain.patients import Cause, DatePrecision, Sex

SITES = "record number,day,product,lot,muscle,sub-site,side,units,note,source"


def lines(kind: Kind, text: str) -> tuple[list[PersonLine | SiteLine], Problems]:
    """What the lines of a table say, and the problems of all."""
    file, problems = io.BytesIO(text.encode()), Problems()
    found = survey(file, lambda cell: column_named(kind, cell) is not None)
    read = person_line if kind is Kind.PATIENTS else site_line
    told = [read(cells, DayOrder.DAY_FIRST) for cells in table_lines(file, found, kind, problems)]
    return [one for one in told if one is not None], problems


def told(problems: Problems) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.reason) for one in problems.listed]


def test_a_heading_is_known_by_its_key_and_its_words() -> None:
    for kind, columns in COLUMNS.items():
        for one in columns:
            assert column_named(kind, one.key) == column_named(kind, f" {one.heading.upper()} ") == one
    assert column_named(Kind.PATIENTS, "FamilyName") == column_named(Kind.PATIENTS, "family-name")
    assert column_named(Kind.PATIENTS, "Name") is None


def test_wrong_headings_are_named_once_and_not_for_every_line() -> None:
    found, problems = lines(Kind.PATIENTS, "Record number,Famly name,Birth date,Birth date,Sex\n1,A,B,C,D\n2,A,B,C,D\n")
    assert found == []
    assert told(problems) == [
        (1, "", "There is no such column."),
        (1, "Birth date", "This heading stands there twice."),
        (1, "Family name", "This column is needed and missing."),
        (1, "Given names", "This column is needed and missing."),
    ]
    assert "Was it Family name?" in problems.listed[0].remedy


def test_lines_of_another_width_and_repeated_headings_are_problems() -> None:
    head = "record number,family name,given names,birth date,"
    rows = f"{head}\n1,A,B,1.2.1980,\n2,A,B\n3,A,B,1.2.1980,,stray\n4,A,B,1.2.1980,,,\n{head}\n5,A,B,1.2.1980,stray\n"
    found, problems = lines(Kind.PATIENTS, rows)
    assert [one.line for one in found] == [2, 5, 7]
    assert [(line, reason.partition(",")[0]) for line, _, reason in told(problems)] == [
        (3, "This line has 3 cells"),
        (4, "This line has 6 cells"),
        (6, "The headings stand here again."),
        (7, "This cell stands under no heading that is known."),
    ]


def test_a_person_with_a_palsy_is_read() -> None:
    found, problems = lines(
        Kind.PATIENTS,
        "Record number;Family name;Given names;Birth date;Sex;Address;Palsy side;Palsy cause;Palsy onset;"
        "Worst House-Brackmann;Not the same person as\n"
        'X  1; Öz ;Ana  B;04.03.1970;f;"Main St 1\nTown";Patient\'s right;BELLS palsy;05/2019;IV;A1, B2\n',
    )
    assert told(problems) == []
    (one,) = found
    assert isinstance(one, PersonLine)
    assert one.palsy is not None
    assert (one.record_number, one.family_name, one.given_names, one.sex) == ("X 1", "Öz", "Ana B", Sex.FEMALE)
    assert (one.birth_date, one.address) == (date(1970, 3, 4), "Main St 1\nTown")
    assert (one.palsy.side, one.palsy.cause, one.palsy.worst_house_brackmann) == (Side.RIGHT, Cause.BELLS_PALSY, 4)
    assert (one.palsy.onset_on, one.palsy.onset_precision) == (date(2019, 5, 1), DatePrecision.MONTH)
    assert one.other_numbers == {"a1", "b2"}


def test_something_said_of_a_palsy_needs_side_and_cause() -> None:
    head = "record number,family name,given names,birth date,palsy side,palsy cause,palsy onset\n"
    found, problems = lines(Kind.PATIENTS, f"{head}1,A,B,1.2.1980,,,2019\n2,A,B,1.2.1980,,,\n")
    assert [one.line for one in found] == [3]
    assert [(line, column) for line, column, _ in told(problems)] == [(2, "Palsy side"), (2, "Palsy cause")]


def test_people_of_a_file_who_are_probably_the_same_are_found() -> None:
    head = "record number,family name,given names,birth date\n"
    rows = "1,Keane,Margaret,3.2.1979\n2,Keene,Margaret,3.2.1979\n3,Margaret,Keane,2.3.1979\n4,Keane,Margaret,9.9.1950\n5,Otto,Ivo,3.2.1979\n"
    found, _ = lines(Kind.PATIENTS, head + rows)
    like, seen = LikePeople(), {}
    for one in found:
        assert isinstance(one, PersonLine)
        seen[one.line] = [other.line for other in like.like(one) or ()]
        like.add(one)
    assert seen == {2: [], 3: [2], 4: [2, 3], 5: [], 6: []}


def test_lines_become_sessions_wherever_they_stand() -> None:
    found, problems = lines(
        Kind.SESSIONS,
        f'{SITES}\nA,3.2.2020,Botox,C1,mentalis,,r,"2,5",,chart\nB,3.2.2020,Botox,unknown,dao,,l,5,,\n'
        "a,03.02.2020,botox,C1,ooc,,right,1.25,twitch,\nA,3.2.2020,Xeomin,,procerus,,,4,,\n",
    )
    assert told(problems) == []
    sites = [one for one in found if isinstance(one, SiteLine)]
    one, other, third = sessions(sites)
    assert [site.line for site in one.sites] == [2, 4]
    assert [site.units for site in one.sites] == [Decimal("2.5"), Decimal("1.25")]
    assert list(disagreements(one, 200)) == []
    assert (one.said("source"), other.first.lot, third.first.placed.side) == ("chart", "", Side.MIDLINE)
    assert one.sites[1].entry.note == f"twitch {UNPLACED}"
    assert other.first.entry.note == ""  # It has one place only, so nothing is assumed.


def test_lines_of_one_session_that_contradict_each_other_are_problems() -> None:
    rows = "A,3.2.2020,Botox,C1,ooc,lateral orbital,r,2.5,,chart\nA,3.2.2020,Botox,C2,ooc,lateral orbital,r,2.5,,letter\nA,3.2.2020,Botox,,dao,,r,2.5,,\n"
    found, problems = lines(Kind.SESSIONS, f"{SITES}\n{rows}".replace("lateral orbital", "upper_pretarsal_lateral"))
    assert told(problems) == []
    (one,) = sessions([site for site in found if isinstance(site, SiteLine)])
    assert [(line, column) for line, column, *_ in disagreements(one, 3)] == [
        (3, "Lot"),
        (3, "Source"),
        (3, "Sub-site"),
        (4, "Lot"),
    ]
    assert [(line, column) for line, column, *_ in disagreements(one, 2)] == [(2, "")]


def test_the_name_of_a_file_is_only_its_name() -> None:
    assert file_name("C:\\lists\\pa\u202etients.csv") == "patients.csv"
    assert file_name("../../x\udcff.csv") == "x?.csv"
    assert file_name("\x00") == "unnamed"
    assert len(file_name("n" * 400)) == 120


def test_lines_are_named_and_many_are_counted() -> None:
    assert line_words([2]) == "line 2"
    assert line_words(range(2, 16)) == "lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 2 more"


def test_a_side_is_never_assumed_for_a_paired_muscle() -> None:
    rows = "A,3.2.2020,Botox,,dao,,,2.5,,\nA,3.2.2020,Botox,,procerus,,l,2.5,,\nA,3.2.2020,Botox,,dao,,m,2.5,,\n"
    found, problems = lines(Kind.SESSIONS, f"{SITES}\n{rows}")
    assert found == []
    assert [(line, column) for line, column, _ in told(problems)] == [(2, "Side"), (3, "Side"), (4, "Side")]


def test_a_report_survives_being_kept() -> None:
    problem = Problem(3, "Units", "1,250", "This can be thousands or decimals.", "Write 1250 or 1.25.")
    report = Report("0" * 64, 5, "UTF-8", "comma", 3, 1, 2, (problem,), ("a",), (("b", "1"),), ("c",), (("d",), ("e",)))
    assert report_of(json.loads(json.dumps(report_json(report)))) == report
    assert (report.problems_text, report.listed_text) == ("2 problems", "The first 1 of 2 problems.")
    assert not report.is_ready
    assert problem_rows(report.problems)[1] == ("3", "Units", "1,250", problem.reason, problem.remedy)
