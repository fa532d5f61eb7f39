"""Importing a table: what it finds on record, that a check writes nothing, and that all of a file is entered or nothing."""

from __future__ import annotations

import csv
import io
import random
import string
import threading
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.anatomy import MUSCLES, OTHER, Side, position
from clinic.domain.csv_import_sessions import UNPLACED
from clinic.domain.csv_imports import Asked, DayOrder, Kind, Report
from clinic.domain.errors import Invalid, NotPermitted
from clinic.domain.visits import Section, VisitState
from clinic.models import AuditEvent, Condition, InjectionSession, InjectionSite, Patient, Visit, VisitNote
from clinic.services import csv_imports, patients, visits
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld, make_condition, make_patient
from tests.web.test_permissions import checksum

PEOPLE = (
    "Record number;Family name;Given names;Birth date;Sex;Palsy side;Palsy cause;Palsy onset;Not the same person as\n"
    "N-1;Öz;Ana;1970-03-04;f;left;Bell's palsy;2019-05;\n"
    "N-2;Berg;Cy;1980-01-02;;;;;\n"
)
SITES = "record number,birth date,day,product,lot,muscle,sub site,side,units,note,source\n"


class Table:
    """A clinic to which files are brought."""

    def __init__(self, work: Work, clinic: ClinicWorld) -> None:
        self.work, self.clinic = work, clinic

    def check(self, kind: Kind, text: str, role: Role = Role.PRESCRIBER) -> Report:
        asked, file = Asked(kind, "old.csv", DayOrder.YEAR_FIRST), io.BytesIO(text.encode())
        with self.work.reading(self.clinic.people[role]) as uow:
            return csv_imports.check_file(uow, file, asked).report

    def bring(self, kind: Kind, text: str, sha256: str = "") -> Report:
        asked, file = Asked(kind, "old.csv", DayOrder.YEAR_FIRST), io.BytesIO(text.encode())
        digest = sha256 or self.check(kind, text).sha256
        with self.work.writing(self.clinic.prescriber) as uow:
            return csv_imports.import_file(uow, file, asked, digest)

    def refused(self, kind: Kind, text: str) -> list[tuple[int, str]]:
        """Lines and columns of the problems, after making sure that an import writes nothing."""
        before = checksum(self.work)
        report = self.check(kind, text)
        with pytest.raises(Invalid):
            self.bring(kind, text)
        assert checksum(self.work) == before
        return [(one.line, one.column) for one in report.problems]


@pytest.fixture
def table(work: Work, clinic: ClinicWorld) -> Table:
    return Table(work, clinic)


def test_patients_are_entered_once_and_never_changed(table: Table, work: Work, clinic: ClinicWorld) -> None:
    before = checksum(work)
    report = table.check(Kind.PATIENTS, PEOPLE)
    assert checksum(work) == before
    assert (report.new, report.problem_count, report.is_ready) == (2, 0, True)
    assert report.first[0] == ("2", "N-1", "Öz, Ana", "4 Mar 1970", "female", "Bell's palsy, left, May 2019")
    table.bring(Kind.PATIENTS, PEOPLE)
    with work.reading(clinic.prescriber) as uow:
        found = uow.session.scalars(select(Patient).order_by(Patient.record_number)).all()
        assert [(one.record_number, one.family_name, one.birth_date) for one in found] == [
            ("N-1", "Öz", date(1970, 3, 4)),
            ("N-2", "Berg", date(1980, 1, 2)),
        ]
        assert uow.session.scalars(select(Condition.side)).all() == [Side.LEFT]
        event = uow.session.scalars(select(AuditEvent).where(AuditEvent.action == "record.imported")).one()
        assert report.sha256 in event.values
        assert '"patients": 2' in event.values
    more = PEOPLE.replace("Berg;Cy;1980-01-02;;", "Berg;Cy;1980-01-02;m;") + "N-3;Otto;Ivo;1955-05-05;;;;;\n"
    assert table.bring(Kind.PATIENTS, more).new == 1
    with work.reading(clinic.prescriber) as uow:
        sexes = dict(map(tuple, uow.session.execute(select(Patient.record_number, Patient.sex))))
        assert sexes["N-2"].value == "not recorded"  # What is on record is not changed.
    before = checksum(work)
    with pytest.raises(Invalid, match="on record already"):
        table.bring(Kind.PATIENTS, more)
    assert checksum(work) == before


def test_somebody_who_may_be_on_record_is_a_question(table: Table, work: Work, clinic: ClinicWorld) -> None:
    make_patient(work, clinic.prescriber, record_number="OLD-1")
    head = PEOPLE.partition("\n")[0] + "\n"
    assert table.refused(Kind.PATIENTS, f"{head}OLD-1;Berg;Cy;1980-01-02;;;;;\n") == [(2, "Record number")]
    assert table.refused(Kind.PATIENTS, f"{head}N-9;Keene;Margaret;1979-02-03;;;;;\n") == [(2, "Family name")]
    twins = f"{head}N-8;Berg;Cy;1980-01-02;;;;;\nN-7;Berg;Cy;1980-01-02;;;;;\nN-8;Otto;Ivo;1955-05-05;;;;;\n"
    assert table.refused(Kind.PATIENTS, twins) == [(3, "Family name"), (4, "Record number")]
    late = f"{head}N-6;Berg;Cy;2050-01-02;;;;;\nN-5;Otto;Ivo;1955-05-05;;left;other;2001;\nN-4;Ito;Bo;2001-05-05;;left;trauma;1999;\n"
    assert table.refused(Kind.PATIENTS, late) == [(2, "Birth date"), (3, "Palsy cause detail"), (4, "Palsy onset")]
    told = (
        f"{head}N-9;Keene;Margaret;1979-02-03;;;;;old-1\nN-8;Berg;Cy;1980-01-02;;;;;\nN-7;Berg;Cy;1980-01-02;;;;;N-8\n"
    )
    assert table.bring(Kind.PATIENTS, told).new == 3


def test_two_people_who_look_alike_are_told_apart_whichever_line_says_so(table: Table) -> None:
    head = PEOPLE.partition("\n")[0] + "\n"
    told = f"{head}A 1;Berg;Cy;1980-01-02;;;;;B 2, C 3\nB 2;Berg;Cy;1980-01-02;;;;;\nC 3;Berg;Cy;1980-01-02;;;;;b 2\n"
    assert table.bring(Kind.PATIENTS, told).new == 3


def test_a_palsy_that_an_import_does_not_bring_is_said(table: Table) -> None:
    table.bring(Kind.PATIENTS, PEOPLE)
    other_side = PEOPLE.replace(";left;", ";right;").replace("1980-01-02;;;;;", "1980-01-02;;left;trauma;;")
    (said,) = table.check(Kind.PATIENTS, other_side).notices
    assert said.startswith("2 palsies of people already here: none on that side is on record")
    assert said.endswith("lines 2, 3.")
    assert table.check(Kind.PATIENTS, PEOPLE).notices == ()


def test_a_birth_date_that_stands_for_any_is_a_problem_and_not_compared_without_end(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.domain.csv_import_patients.LIKE_MAXIMUM", 1)
    head = PEOPLE.partition("\n")[0] + "\n"
    rows = "A;Berg;Cy;1950-01-01;;;;;\nB;Otto;Ivo;1950-01-01;;;;;\nC;Ito;Bo;1950-01-01;;;;;\n"
    assert table.refused(Kind.PATIENTS, head + rows) == [(4, "Birth date")]


def test_sessions_of_another_writer_come_in_equal(table: Table, work: Work, clinic: ClinicWorld) -> None:
    table.bring(Kind.PATIENTS, PEOPLE)
    draw, out, expected = random.Random(7), io.StringIO(), Counter[tuple[object, ...]]()
    writer = csv.writer(out)
    places = [(key, site.key) for key, one in MUSCLES.items() if key != OTHER for site in one.sites if site.x != 0]
    for number in ("N-1", "N-2"):
        for on in (date(2021, 3, 4), date(2022, 5, 6)):
            for muscle, sub_site in draw.sample(places, 9):
                side, units = draw.choice([Side.RIGHT, Side.LEFT]), Decimal(draw.randint(1, 2000)) / 100
                writer.writerow([number, "", on, "Xeomin", "X1", muscle, sub_site, side.value[0], units, "", "Chart"])
                expected[number, on, muscle, sub_site, side, *position(muscle, sub_site, side), units] += 1
    report = table.bring(Kind.SESSIONS, SITES + out.getvalue())
    assert report.new == 4
    total = format(sum((key[-1] for key in expected.elements()), Decimal(0)).normalize(), ",f")
    said = dict(report.summary)["incobotulinumtoxinA (Xeomin)"]
    assert said.startswith(f"{total}\u00a0units, at most ")
    with work.reading(clinic.prescriber) as uow:
        s = InjectionSite
        rows = uow.session.execute(
            select(Patient.record_number, Visit.on, s.muscle, s.sub_site, s.side, s.x, s.y, s.units)
            .join(Visit, Visit.patient_id == Patient.id)
            .join(s, s.visit_id == Visit.id)
        )
        assert Counter(map(tuple, rows)) == expected
    with pytest.raises(Invalid, match="on record already"):
        table.bring(Kind.SESSIONS, SITES + out.getvalue())


def test_a_past_session_is_a_transcribed_draft_that_says_where_from(
    table: Table, work: Work, clinic: ClinicWorld
) -> None:
    table.bring(Kind.PATIENTS, PEOPLE)
    rows = 'N-1,1970-03-04,2020-02-03,Botox,C1,mentalis,,l,"2,5",,\nn-1,,2020-02-03,botox,C1,ooc,,right,1.25,twitch,\n'
    table.bring(Kind.SESSIONS, SITES + rows)
    with work.reading(clinic.prescriber) as uow:
        visit = uow.session.scalars(select(Visit)).one()
        session = uow.session.scalars(select(InjectionSession)).one()
        note = uow.session.scalars(select(VisitNote)).one()
        sites = uow.session.scalars(select(InjectionSite).order_by(InjectionSite.number)).all()
    assert (visit.state, visit.on, visit.author_name) == (VisitState.DRAFT, date(2020, 2, 3), clinic.prescriber.name)
    assert (session.transcribed, session.transcribed_product, session.transcribed_lot) == (True, "botox", "C1")
    assert (session.transcribed_source, session.ordered_by) == ("File “old.csv”", "")
    assert note.section is Section.NOTE
    assert "from the file “old.csv”, lines 2, 3; to be compared with its source and signed" in note.text
    assert [(one.purpose.value, one.units, one.note) for one in sites] == [
        ("synkinesis", Decimal("2.5"), ""),
        ("balance", Decimal("1.25"), f"twitch {UNPLACED}"),
    ]
    assert [one.given_at for one in sites] == [None, None]
    # The session again with another dose is no new session and no change: it is a problem. One more day is new.
    assert table.refused(Kind.SESSIONS, SITES + rows.replace("1.25", "1.5")) == [(2, "Day")]
    more = rows + "N-2,,2020-02-03,Botox,,dao,,l,5,,\n"
    report = table.bring(Kind.SESSIONS, SITES + more)
    assert (report.new, dict(report.summary)["Already here with the same sites"]) == (1, "1")


def test_what_cannot_be_a_session_of_this_patient_is_refused(table: Table, work: Work, clinic: ClinicWorld) -> None:
    table.bring(Kind.PATIENTS, PEOPLE)
    rows = (
        "N-1,1970-03-05,2020-02-03,Botox,,dao,,l,5,,\n"
        "N-7,,2020-02-03,Botox,,dao,,l,5,,\n"
        "N-1,,2050-02-03,Botox,,dao,,l,5,,\n"
        "N-2,,1979-12-31,Botox,,dao,,l,5,,\n"
    )
    assert table.refused(Kind.SESSIONS, SITES + rows) == [
        (2, "Birth date"),
        (3, "Record number"),
        (4, "Day"),
        (5, "Day"),
    ]
    with work.writing(clinic.prescriber) as uow:
        patient = uow.session.scalars(select(Patient).where(Patient.record_number == "N-2")).one()
        patients.retire_patient(uow, patient.id, patient.edit_version, "Moved away")
    row = "N-2,,2020-02-03,Botox,,dao,,l,5,,\n"
    assert table.refused(Kind.SESSIONS, SITES + row) == [(2, "Record number")]
    assert (
        "before the earliest onset"
        in table.check(Kind.SESSIONS, SITES + row.replace("N-2", "N-1").replace("2020", "2018")).notices[-1]
    )


def test_a_session_beside_one_with_another_product_and_one_without_a_birth_date_are_said(table: Table) -> None:
    table.bring(Kind.PATIENTS, PEOPLE)
    table.bring(Kind.SESSIONS, f"{SITES}N-1,,2020-02-03,Botox,,dao,,l,5,,\n")
    rows = "N-1,1970-03-04,2020-02-03,Dysport,,dao,,l,15,,\nN-1,1970-03-04,2021-02-03,Dysport,,dao,,l,15,,\n"
    said = table.check(Kind.SESSIONS, SITES + rows)
    assert [one.endswith("See line 2.") for one in said.notices if "another product" in one] == [True]
    assert not any("no birth date" in one for one in said.notices)
    assert (
        dict(said.summary)["abobotulinumtoxinA (Dysport)"] == "30\u00a0units, at most 15\u00a0units at a site (line 2)"
    )
    pair = "N-2,,2020-02-03,Botox,,dao,,l,5,,\nN-2,,2020-02-03,Xeomin,,dao,,l,5,,\n"
    said = table.check(Kind.SESSIONS, SITES + pair)
    assert [one.endswith("See lines 2, 3.") for one in said.notices] == [True, True]


def test_a_discarded_import_can_be_brought_again(table: Table, work: Work, clinic: ClinicWorld) -> None:
    table.bring(Kind.PATIENTS, PEOPLE)
    row = f"{SITES}N-1,,2020-02-03,Botox,,dao,,l,5,,\n"
    table.bring(Kind.SESSIONS, row)
    with work.writing(clinic.prescriber) as uow:
        visit = uow.session.scalars(select(Visit)).one()
        visits.discard(uow, visit.id, visit.edit_version, "Imported by mistake")
    assert table.bring(Kind.SESSIONS, row).new == 1


def test_only_the_checked_file_is_imported_and_a_stop_in_the_middle_leaves_nothing(
    table: Table, work: Work, clinic: ClinicWorld
) -> None:
    make_condition(work, clinic.prescriber, make_patient(work, clinic.prescriber))
    before = checksum(work)
    with pytest.raises(Invalid, match="not the file that was checked"):
        table.bring(Kind.PATIENTS, PEOPLE, "0" * 64)

    def stop(what: str, done: int, total: int) -> None:
        if what == "Importing" and done:
            raise KeyboardInterrupt

    head, many = PEOPLE.partition("\n")[0], random.Random(3)
    people = "".join(
        f"M-{n};{''.join(many.choices(string.ascii_lowercase, k=14))};Bo;{1930 + n % 60}-01-0{1 + n % 9};;;;;\n"
        for n in range(250)
    )
    asked, file = Asked(Kind.PATIENTS, "old.csv", DayOrder.YEAR_FIRST), io.BytesIO(f"{head}\n{people}".encode())
    report = table.check(Kind.PATIENTS, f"{head}\n{people}")
    assert report.is_ready, report.problems
    with pytest.raises(KeyboardInterrupt), work.writing(clinic.prescriber) as uow:
        csv_imports.import_file(uow, file, asked, report.sha256, stop)
    assert checksum(work) == before


def test_two_clinics_and_the_other_roles_stay_apart(
    table: Table, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    table.bring(Kind.PATIENTS, PEOPLE)
    other = Table(work, other_clinic)
    assert other.check(Kind.PATIENTS, PEOPLE).new == 2
    session = f"{SITES}N-1,,2020-02-03,Botox,,dao,,l,5,,\n"
    assert other.refused(Kind.SESSIONS, session) == [(2, "Record number")]
    other.bring(Kind.PATIENTS, PEOPLE)
    other.bring(Kind.SESSIONS, session)
    assert table.check(Kind.SESSIONS, session).new == 1
    for role in Role:
        if role is not Role.PRESCRIBER:
            with pytest.raises(NotPermitted):
                table.check(Kind.PATIENTS, PEOPLE, role)


def test_two_imports_of_one_file_at_once_bring_it_once(table: Table, work: Work, clinic: ClinicWorld) -> None:
    table.bring(Kind.PATIENTS, PEOPLE)
    row = f"{SITES}N-1,,2020-02-03,Botox,,dao,,l,5,,\n"
    asked, digest = Asked(Kind.SESSIONS, "old.csv", DayOrder.YEAR_FIRST), table.check(Kind.SESSIONS, row).sha256
    entered, ended = threading.Event(), []

    def second() -> None:
        entered.wait(5)
        try:
            table.bring(Kind.SESSIONS, row, digest)
        except Invalid as error:
            ended.append(error.message)

    other = threading.Thread(target=second)
    other.start()
    with work.writing(clinic.prescriber) as uow:
        csv_imports.import_file(uow, io.BytesIO(row.encode()), asked, digest)
        entered.set()
        other.join(0.4)  # It waits for this one, and so cannot end.
        assert other.is_alive()
    other.join(10)
    assert ended == ["All of this file is on record already. Nothing was imported."]
    with work.reading(clinic.prescriber) as uow:
        assert len(uow.session.scalars(select(Visit)).all()) == 1
