"""The visit summary, read back from its pages."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.quantities import format_number
from clinic.domain.visit_content import FindingContent, NoteContent, VisitContent
from clinic.pdf.visit_summary import render
from tests.pdf import contents, reading
from tests.pdf.contents import signed

IDENTIFIERS = ("Keane, Margaret", "born 3 Feb 1979", "record number 10342")


def summary(content: VisitContent) -> bytes:
    return render(content, signed(content))


@pytest.fixture(scope="module")
def usual() -> bytes:
    return summary(contents.visit())


def test_it_has_every_site_with_dose_volume_side_and_depth(usual: bytes) -> None:
    content = contents.visit()
    assert content.session is not None
    rows = [
        " ".join(cell.text for cell in node.kids)
        for node in reading.tree(usual).walk()
        if node.role == "TR" and len(node.kids) == 9
    ]
    for site in content.session.sites:
        row = next(row for row in rows if row.startswith(f"{site.number} "))
        for value in (
            site.muscle_label,
            site.sub_site_label,
            f"patient’s {site.side}",
            format_number(site.units),
            site.volume,
            site.depth,
            "10:42",
        ):
            assert value in row
    assert rows[-1].split() == ["Total", "onabotulinumtoxinA", "(Botox),", "12", "sites", "31.25"]


def test_totals_by_product_side_and_muscle(usual: bytes) -> None:
    first, second, *_ = reading.pages(usual)
    assert "31.25 units" in first
    assert "23.75 units" in first
    assert "7.5 units" in first
    assert "Platysma 4 10 – 10" in second
    assert "Total 12 23.75 7.5 31.25" in second


def test_every_page_has_identifiers_number_reference_and_time_of_printing(usual: bytes) -> None:
    found = reading.pages(usual)
    assert len(found) == 3
    for number, text in enumerate(found, start=1):
        for words in (
            *IDENTIFIERS,
            f"page {number} of 3",
            "document V-2026-0311 / 1",
            "printed 22 Nov 2026, 14:30 GMT",
        ):
            assert words in text
        assert "Synthetic demonstration patient" in text


def test_the_rest_of_the_record_is_there(usual: bytes) -> None:
    text = reading.text(usual)
    for words in (
        "Northgate Facial Nerve Clinic",
        "Bell's palsy, patient’s right, onset 14 Mar 2024, worst House–Brackmann V",
        "Given by Dr A. Example",
        "101 days before",
        "EMG, visual",
        "30 G, 13 mm",
        "C4821A2",
        "expires 31 Aug 2027",
        "100 units in 2.5 mL",
        "4 units per 0.1 mL",
        "use by 23 Nov 2026, 09:55 (label: 24 hours after mixing)",
        "wasted: drop at the needle",
        "67.5",
        "written, for off-label use; taken by J. Example, 10:12",
        "apixaban, last dose yesterday",
        "Confirmed by Dr A. Example, 22 Nov 2026, 10:38",
        "none reported today",
        "SIDE-001 needs a prescriber’s reason",
        "Reason for going on: balancing the strong side",
        "Benefit for 12 weeks",
        "Signed by Dr Alex Example",
        "performed and recorded",
        "22 Nov 2026, 11:04 GMT",
        f"SHA-256 of the signed content: {signed(contents.visit()).signatures[0].content_sha256}",
    ):
        assert words in text, words


def test_every_answer_is_printed_as_given() -> None:
    given = contents.answers(
        pregnancy="unknown", dry_eye="unanswered", anticoagulant="yes", breastfeeding="not applicable"
    )
    content = contents.visit(session=contents.session(answers=given))
    cells = [
        (node.kids[0].text, node.kids[1].text)
        for node in reading.tree(summary(content)).walk()
        if node.role == "TR" and len(node.kids) == 2
    ]
    for one in given:
        assert any(question.startswith(one.label) and answer == one.answer for question, answer in cells), one.label


def test_units_are_written_in_full_and_without_trailing_zeros(usual: bytes) -> None:
    text = reading.text(usual)
    assert not re.search(r"\d\s*(?:I?U\b|u\b)", text)
    assert not re.search(r"\d\.\d*0\b(?! (?:GMT|to))", text)


def test_the_same_content_gives_the_same_bytes_also_in_threads(usual: bytes) -> None:
    with ThreadPoolExecutor(8) as pool:
        greek = contents.visit(patient=replace(contents.PATIENT, family_name="Παπαδοπούλου"))
        expected = {0: usual, 1: summary(greek)}
        made = list(pool.map(lambda number: summary(greek if number % 2 else contents.visit()), range(16)))
    assert all(data == expected[number % 2] for number, data in enumerate(made))


def test_it_is_small_and_holds_no_files_or_scripts(usual: bytes) -> None:
    assert len(usual) < 80 * 1024
    document = reading.reader(usual)
    assert document.attachments == {}
    root = document.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(root)  # type: ignore[arg-type]
    assert "/JavaScript" not in str(root)


def test_nothing_leaves_the_page_or_runs_into_its_neighbour(usual: bytes) -> None:
    assert reading.outside(usual) == []
    assert reading.overlapping(usual) == []


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_sixty_sites(paper: str) -> None:
    session = contents.session(contents.many_sites(60))
    content = contents.visit(session=session)
    data = render(content, signed(content, paper=paper))
    found = reading.pages(data)
    assert 4 <= len(found) <= 6
    assert reading.outside(data) == []
    rows = [node for node in reading.tree(data).walk() if node.role == "TR" and len(node.kids) == 9]
    assert [row.kids[0].text for row in rows[1:-1]] == [str(number) for number in range(1, 61)]
    assert [row.kids[3].text for row in rows[1:-1]] == [format_number(site.units) for site in session.sites]
    assert reading.failures(data) == []
    assert float(reading.reader(data).pages[0].mediabox.height) == pytest.approx(
        {"A4": 841.9, "Letter": 792}[paper], abs=0.1
    )


def test_names_of_80_letters_and_words_without_blanks_are_whole() -> None:
    family, given = "Featherstonehaugh-Cholmondeley-Wallingfo", "Bartholomew" * 4
    lot = "L0123456789" * 5
    patient = replace(contents.PATIENT, family_name=family, given_names=given, record_number="9" * 60)
    session = contents.session(syringes=(contents.syringe(lot=lot),), needle="n" * 60)
    data = summary(contents.visit(patient=patient, session=session))
    assert reading.outside(data) == []
    assert reading.overlapping(data) == []
    for text in (page.replace(" ", "") for page in reading.pages(data)):
        assert family in text
        assert given in text
        assert "9" * 60 in text
    assert lot in reading.text(data).replace(" ", "")


def test_a_header_too_long_for_the_page_is_marked_and_whole_on_page_1() -> None:
    patient = replace(contents.PATIENT, family_name="x" * 1500)
    data = summary(contents.visit(patient=patient))
    first, *others = reading.pages(data)
    assert "x" * 1500 in first.replace(" ", "")
    assert all(" …" in text for text in others)
    assert reading.outside(data) == []


@pytest.mark.parametrize(
    ("status", "status_text", "word"),
    [
        ("draft", "", "DRAFT: not signed"),
        ("amended", "see version 2 of 24 Nov 2026", "AMENDED: see version 2 of 24 Nov 2026"),
        ("voided", "wrong patient, 24 Nov 2026", "VOIDED: wrong patient, 24 Nov 2026"),
    ],
)
def test_the_state_stands_on_every_page_in_words_and_across_it(status: str, status_text: str, word: str) -> None:
    content = contents.visit()
    data = render(content, signed(content, status=status, status_text=status_text))
    document = reading.reader(data)
    for index, text in enumerate(reading.pages(data)):
        assert word in text
        across = [piece for piece in reading.pieces(document, index) if piece.text == word.partition(":")[0]]
        assert len(across) == 1
        assert across[0].artifact
        assert across[0].size > 80
    assert reading.outside(data) == []
    assert reading.failures(data) == []


def test_a_draft_says_that_it_is_not_signed_and_a_signed_visit_has_no_watermark(usual: bytes) -> None:
    assert "Not signed. Written by Dr A. Example." in reading.text(render(contents.visit(), contents.draft()))
    assert not any(piece.size > 40 for index in range(3) for piece in reading.pieces(reading.reader(usual), index))


def test_addenda_stand_after_the_signature() -> None:
    content = contents.visit()
    text = reading.text(render(content, signed(content, addenda=(contents.ADDENDUM,))))
    assert text.index("Addenda J. Example, 24 Nov 2026, 09:10 GMT Phoned: no bruise.") > text.index("SHA-256")


def test_a_visit_without_a_session() -> None:
    data = summary(contents.visit(session=None, findings=()))
    assert len(reading.pages(data)) == 1
    assert not any(node.role == "Figure" for node in reading.tree(data).walk())
    assert "Review by phone" in reading.text(data)
    assert reading.failures(data) == []


def test_an_empty_visit() -> None:
    content = contents.visit(session=None, findings=(), notes=(), facts=(), conditions=())
    data = render(content, contents.draft())
    assert reading.failures(data) == []
    assert len(reading.pages(data)) == 1


def test_a_session_without_sites() -> None:
    session = contents.session((), syringes=(), time_outs=(), answers=(), phase="planned", given_by="")
    text = reading.text(summary(contents.visit(session=session)))
    assert "not given yet" in text
    assert "No time-out is recorded." in text


def test_two_products_are_never_added_up() -> None:
    xeomin = "incobotulinumtoxinA (Xeomin)"
    sites = (
        contents.site(1, "mentalis", None, Side.RIGHT, "2.5"),
        contents.site(2, "frontalis", None, Side.LEFT, "4", product="xeomin", product_name=xeomin, syringe="B"),
        contents.site(3, "frontalis", None, Side.RIGHT, "3", product="", product_name="vial to be added", syringe=""),
    )
    session = contents.session(
        sites, syringes=(contents.syringe(), contents.syringe("B", product_name=xeomin, lot="X1"))
    )
    text = reading.text(summary(contents.visit(session=session)))
    assert "2.5 units onabotulinumtoxinA (Botox), 1 site" in text
    assert f"4 units {xeomin}, 1 site" in text
    assert "3 units vial to be added, 1 site" in text
    assert "9.5" not in text
    assert "6.5" not in text


def test_late_copied_and_noted_sites_say_so() -> None:
    late = datetime(2026, 11, 21, 16, 5, tzinfo=UTC)
    sites = (
        contents.site(
            1, "mentalis", None, Side.RIGHT, "2.5", copied_from=date(2026, 8, 14), confirmed=False, given_at=None
        ),
        contents.site(
            2, "frontalis", None, Side.LEFT, "4", entered_late_reason="tablet was out of power", given_at=late
        ),
        contents.site(3, "frontalis", None, Side.RIGHT, "4", note="bled a little", copied_from=date(2026, 8, 14)),
        contents.site(4, "procerus", None, Side.MIDLINE, "2", confirmed=False, given_at=None),
    )
    text = reading.text(summary(contents.visit(session=contents.session(sites))))
    assert "copied from 14 Aug 2026, not confirmed" in text
    assert "entered late, given 21 Nov 2026, 16:05: tablet was out of power" in text
    assert "copied from 14 Aug 2026, confirmed · note: bled a little" in text
    assert "copied from a pattern or the plan, not confirmed" in text
    assert "Dashed disc: copied, not confirmed." in text


def test_a_transcribed_session_with_an_unknown_lot() -> None:
    syringe = contents.syringe(
        "",
        lot="lot unknown",
        expires_on=None,
        vial="",
        labelled_units=None,
        diluent="",
        diluent_microlitres=None,
        per_tenth="",
        mixed_by="",
        mixed_at=None,
        use_by=None,
        use_by_rule="",
        left=None,
    )
    sites = (contents.site(1, "mentalis", None, Side.LEFT, "2.5", syringe="", volume="", given_at=None),)
    session = contents.session(
        sites, transcribed=True, transcribed_source="letter of 3 May 2024", syringes=(syringe,), time_outs=()
    )
    text = reading.text(summary(contents.visit(session=session)))
    assert "Transcribed from an earlier record. Source: letter of 3 May 2024" in text
    assert "lot unknown" in text
    assert "as transcribed" in text
    assert "No time-out" not in text


def test_times_are_the_clinics() -> None:
    clinic = replace(contents.visit().clinic, time_zone="America/New_York")
    text = reading.text(summary(contents.visit(clinic=clinic)))
    assert "Time-out 05:38" in text
    assert "Times: America/New_York" in text
    unknown = replace(clinic, time_zone="Mars/Olympus")
    assert "Times: UTC" in reading.text(summary(contents.visit(clinic=unknown)))


def test_an_amending_version_names_the_earlier_one() -> None:
    text = reading.text(summary(contents.visit(revision=2, amends="v-7f39", amendment_reason="lot mistyped")))
    assert "Version 2 of this visit; it amends the earlier signed version v-7f39. Reason: lot mistyped" in text


def test_long_texts_go_over_pages_without_loss() -> None:
    words = " ".join(f"word{number}" for number in range(4000))
    row = FindingContent("X-1", "warn", words, "session", "", "", "", None)
    session = contents.session(indication=words, consent=words)
    content = contents.visit(notes=(NoteContent("plan", "Plan", words),), findings=(row,), session=session)
    data = summary(content)
    tree = reading.tree(data)
    found = [node.text for node in tree.walk() if "word3999" in node.text]
    assert len(found) == 4
    for text in found:
        assert re.findall(r"word\d+", text) == words.split()
    assert reading.outside(data) == []
    assert reading.failures(data) == []


def test_no_heading_stands_at_the_foot_of_a_page() -> None:
    for count in range(5, 45, 4):
        data = summary(contents.visit(session=contents.session(contents.many_sites(count))))
        document = reading.reader(data)
        for index in range(len(document.pages)):
            body = [piece for piece in reading.pieces(document, index) if not piece.artifact]
            lowest = min(piece.start[1] for piece in body)
            last = [piece for piece in body if piece.start[1] == lowest]
            assert all(piece.size < 11 for piece in last), (count, index, last)
            assert lowest > 40


def test_the_face_is_large_enough_to_read() -> None:
    document = reading.reader(summary(contents.visit()))
    marks = [piece for piece in reading.pieces(document, 0) if piece.size < 7.4]
    assert min(piece.size for piece in marks) > 6
    assert {str(number) for number in range(1, 13)} <= {piece.text for piece in marks}


def test_decimals_and_large_doses() -> None:
    sites = (contents.site(1, "mentalis", None, Side.RIGHT, "1250", product_name="abobotulinumtoxinA (Dysport)"),)
    text = reading.text(summary(contents.visit(session=contents.session(sites))))
    assert "1,250 units" in text
    assert Decimal("0.25") == Decimal("0.250")
