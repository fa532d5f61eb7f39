"""S-47, V-11 to V-14: whatever text stands in any column of any table, on every page it stays text."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from flask import render_template_string
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from sqlalchemy import Column, Integer, MetaData, Table, Text, text

from clinic.domain.actors import Permission
from clinic.models import Base
from clinic.web.security import permission
from tests.attacks import poison
from tests.attacks.addresses import NOT_READY
from tests.attacks.conftest import World, opened
from tests.attacks.crawling import shut, walk
from tests.factories import ClinicWorld

LEAST = {"text/html": 400, "application/pdf": 50, "text/csv": 16, "application/json": 6}
"""Fewer answers of a kind than this, and the sweep has lost its way."""
TEMPLATES_LEAST = 200
"""Templates that a sweep came through, of about 240; the others answer to a POST or stand behind a password.

One record of each kind and state comes through as many as two of each do, and shows its text in the same places of
them (922 of 923 were counted), so one is opened.
"""
COLUMNS = 150
PAGES_LEAST = 120
"""Pages that still answer when the program's own words are hostile; where all fail, nothing was seen."""
SENTENCE = 80
"""Signs that hold more than a word of a list."""
Swept = dict[str, list[str]]


def swept(world: World, only: str = "") -> Swept:
    """What was wrong with the pages, prints and tables of a poisoned world, by kind of answer."""
    found: dict[str, set[str]] = {kind: set() for kind in LEAST}
    counts: Counter[str] = Counter()
    for place, answer in chain(walk(world, 1, only), () if only else shut(world)):
        counts[answer.mimetype] += 1
        wrong = JUDGES[answer.mimetype](answer.data) if answer.mimetype in JUDGES and answer.status_code == 200 else []
        if answer.status_code >= 500 and place.rule not in NOT_READY:
            wrong = [str(answer.status_code)]
        found.setdefault(answer.mimetype, set()).update(f"{place.rule}: {one}" for one in wrong)
    if not only:
        assert {kind: counts[kind] for kind in LEAST if counts[kind] < LEAST[kind]} == {}
        assert len(seen_templates(world)) >= TEMPLATES_LEAST
    return {kind: sorted(wrong) for kind, wrong in found.items()}


def seen_templates(world: World) -> set[str]:
    """The templates that the pages until now came through."""
    cache = world.app.jinja_env.cache
    return set() if cache is None else {name for _, name in cache}


def formulas(data: bytes) -> list[str]:
    """Cells that a spreadsheet would work out."""
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return [cell[:20] for row in rows for cell in row if cell.lstrip(" \u00a0\ufeff")[:1] in tuple("=+-@\t\r\n")]


def active(data: bytes) -> list[str]:
    """Parts of a PDF that do something, hold a file, or lead somewhere."""
    document = PdfReader(io.BytesIO(data))
    found = sorted(set(ACTIVE) & names(document))
    found += [f"attachment {name}" for name in document.attachments]
    for page in document.pages:
        found += [str(one.get_object().get("/A")) for one in page.get("/Annots") or []]
        text_shown = page.extract_text()
        found += [words for words in (poison.RESULT, "root:x:0") if words in text_shown]
    return found


def names(document: PdfReader) -> set[str]:
    """Every name that any object of a PDF holds, also those packed into streams of objects."""
    found: set[str] = set()
    left: list[Any] = [document.trailer]
    left += [document.get_object(number) for number in range(1, int(document.trailer["/Size"]))]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            found |= {str(key) for key in one}
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif isinstance(one, NameObject):
            found.add(str(one))
    return found


def as_json(data: bytes) -> list[str]:
    """Whether JSON parses."""
    json.loads(data)
    return []


ACTIVE = (
    "/JavaScript",
    "/JS",
    "/Launch",
    "/EmbeddedFile",
    "/OpenAction",
    "/AA",
    "/URI",
    "/GoToR",
    "/SubmitForm",
    "/RichMedia",
)
JUDGES: dict[str, Callable[[bytes], list[str]]] = {
    "text/html": lambda data: poison.injected(data.decode()),
    "application/pdf": active,
    "text/csv": formulas,
    "application/json": as_json,
}


@pytest.fixture(scope="module", params=range(poison.ROUNDS))
def result(
    full_instance: tuple[Path, ClinicWorld], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Swept:
    """One sweep a round, judged by several tests."""
    instance = tmp_path_factory.mktemp("poisoned") / "instance"
    shutil.copytree(full_instance[0], instance)
    with poison.behind(instance) as connection:
        assert len(poison.poisoned(connection, request.param)) > COLUMNS
    for world in opened(instance, full_instance[1]):
        found = swept(world)
    return found


def test_every_table_has_a_row(world: World) -> None:
    with world.work.engine.connect() as connection:
        count = "SELECT count(*) FROM"
        empty = [
            name for name in Base.metadata.tables if not connection.execute(text(f'{count} "{name}"')).scalar_one()
        ]  # fmt: skip
    assert set(empty) <= {"server_session", "idempotency_key"}


@pytest.mark.timeout(240)
def test_no_text_of_any_column_becomes_part_of_a_page(result: Swept) -> None:
    """S-47, S-50, V-11, V-12, V-13, V-19: every text column of every table, every page of every role."""
    assert result["text/html"] == []


@pytest.mark.timeout(240)
def test_no_text_of_any_column_acts_or_leads_anywhere_in_a_print(result: Swept) -> None:
    """S-95, V-08, V-09, V-10: a hostile name neither blocks a print nor becomes a part of it that does something."""
    assert result["application/pdf"] == []


@pytest.mark.timeout(240)
def test_no_cell_of_any_table_is_worked_out(result: Swept) -> None:
    """S-52: every table for a spreadsheet, with text that begins like a formula in every column."""
    assert result["text/csv"] == []


@pytest.mark.timeout(240)
def test_no_other_answer_fails(result: Swept) -> None:
    """S-47, S-77: JSON, calendars and pictures."""
    assert {kind: wrong for kind, wrong in result.items() if wrong} == {}


@pytest.mark.timeout(240)
def test_no_word_of_the_programs_own_lists_becomes_part_of_a_page(world: World) -> None:
    """S-47: columns that only the program fills, in a database that somebody has written into; a fault says nothing."""
    with poison.behind(world.instance) as connection:
        assert len(poison.poisoned(connection, 0, coded=True)) > 40
    answered, found = 0, []
    for place, answer in walk(world, only="/"):
        if answer.mimetype == "text/html":
            answered += answer.status_code == 200
            found += [f"{place.rule}: {one}" for one in poison.injected(answer.text)]
    assert found == []
    assert answered > PAGES_LEAST


@pytest.mark.parametrize(
    "source", ["<p>{{ name|safe }}</p>", "<p title={{ name|safe }}>", "<a href='{{ name|safe }}'>x</a>"]
)
def test_a_planted_template_that_does_not_escape_is_found(world: World, source: str) -> None:
    """S-47, the tooth: the same sweep names a page that shows a name as it stands."""

    @permission(Permission.PATIENT_READ)
    def planted() -> Any:
        with world.work.engine.connect() as connection:
            name = connection.execute(text("SELECT family_name FROM patient")).scalars().first()
        return render_template_string(source, name=name)

    world.app.add_url_rule("/planted", "planted", planted)
    with poison.behind(world.instance) as connection:
        poison.poisoned(connection, 0)
    assert swept(world, only="/planted")["text/html"]


def test_a_new_column_is_in_the_sweep_by_itself() -> None:
    """S-47, the tooth: nobody has to think of it."""
    metadata = MetaData()
    Table("planted", metadata, Column("id", Integer, primary_key=True), Column("remark", Text))
    assert [str(column) for column in poison.columns(metadata=metadata)] == ["planted.remark"]


def test_no_column_that_people_type_into_is_taken_for_a_list() -> None:
    """S-47: what can hold a sentence is typed, is JSON that is filled inside, or is named with its reason."""
    long = {str(one) for one in poison.columns(coded=True) if (getattr(one.type, "length", None) or 999) >= SENTENCE}
    assert long == poison.LISTS | set(poison.JSON)


@pytest.mark.parametrize("payload", poison.CONTEXTS)
def test_escaped_text_is_no_leak_and_unescaped_markup_is(payload: str) -> None:
    """S-47, the tooth of the oracle itself."""
    escaped = payload.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace('"', "&#34;").replace("'", "&#39;")
    assert poison.injected(f'<p title="{escaped}">{escaped}</p><textarea>{escaped}</textarea>') == []
    if f"<{poison.MARK}" in payload:
        assert poison.injected(f"<p>{payload}</p>")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\ufeff="])
def test_a_table_that_is_not_neutralised_is_found(start: str) -> None:
    """S-52, the tooth of the oracle."""
    out = io.StringIO()
    csv.writer(out).writerow(["harmless", f"{start}1+1"])
    assert formulas(out.getvalue().encode())
    assert not formulas(b"harmless,'=1+1\r\n")


def test_a_print_with_a_file_a_script_or_a_link_is_found() -> None:
    """S-95, the tooth of the oracle."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("passwd", b"root:x:0")
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    out = io.BytesIO()
    writer.write(out)
    found = active(out.getvalue())
    assert "attachment passwd" in found
    assert {"/JavaScript", "/JS"} & set(found)
