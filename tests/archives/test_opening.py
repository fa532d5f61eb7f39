"""An archive that was altered, or was never one, is refused with its place and reason, and nothing of it is used."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from clinic.archives import opening
from clinic.archives.opening import Refused
from clinic.archives.packing import MANIFEST, SEAL
from clinic.archives.tables import Scope
from clinic.domain.canonical import dumped
from clinic.models import Clinic, Patient, Visit
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests.archives.test_round_trip import imported, made
from tests.charting import Charting
from tests.factories import ClinicWorld

Members = dict[str, bytes]


@pytest.fixture
def good(work: Work, clinic: ClinicWorld, clock: object, tmp_path: Path) -> Path:
    """An archive of a clinic with one signed session."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return made(work, tmp_path, Scope(clinic.id))


def altered(good: Path, change: Callable[[Members], None], *, told: bool = False) -> Path:
    """A copy with a change; ``told`` writes a manifest to match, as somebody who knows the format would."""
    with zipfile.ZipFile(good) as file:
        members = {name: file.read(name) for name in file.namelist()}
    change(members)
    if told:
        manifest = json.loads(members[MANIFEST])
        files = {name: body for name, body in members.items() if name not in {MANIFEST, SEAL}}
        manifest["files"] = {name: {"bytes": len(body), "sha256": _sha256(body)} for name, body in files.items()}
        members[MANIFEST] = dumped(manifest)
    copy = good.with_name("altered.zip")
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in members.items():
            file.writestr(name, body)
    return copy


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def swap(name: str, old: bytes, new: bytes) -> Callable[[Members], None]:
    """Replace bytes in one member."""

    def change(members: Members) -> None:
        assert old in members[name]
        members[name] = members[name].replace(old, new, 1)

    return change


def refused(work: Work, file: Path) -> str:
    """The reason for which it is not opened."""
    with pytest.raises(Refused) as error, opening.opened(file, work.key):
        pass
    return str(error.value)


SITES = "record/injection_site.jsonl"
UNSEEN: list[tuple[str, Callable[[Members], None], str]] = [
    ("a dose", swap(SITES, b'"units":"2.5"', b'"units":"5"'), "injection_site.jsonl” was altered"),
    ("a missing file", lambda members: members.pop(SITES) and None, "is missing"),
    ("a file too many", lambda members: members.update({"record/extra.jsonl": b"{}\n"}), "does not know it"),
    ("no manifest", lambda members: members.pop(MANIFEST) and None, "no manifest.json"),
    ("a broken manifest", lambda members: members.update({MANIFEST: b"{"}), "cannot be read"),
    ("another manifest", lambda members: members.update({MANIFEST: b"[]"}), "not that of an archive"),
    ("another format", swap(MANIFEST, b'"version":1', b'"version":2'), "this program takes"),
    ("a climbing name", lambda members: members.update({"../evil": b"x"}), "no name of a file"),
    ("a root name", lambda members: members.update({"/etc/evil": b"x"}), "no name of a file"),
    ("a bomb", lambda members: members.update({"files/zeros": bytes(8 * 10**6)}), "unpacks to more than"),
]


@pytest.mark.sqlite_only
def test_what_was_altered_is_found_before_anything_is_read(work: Work, good: Path) -> None:
    with opening.opened(good, work.key) as found:
        assert found.sealed_here
    for what, change, reason in UNSEEN:
        assert reason in refused(work, altered(good, change)), what


@pytest.mark.sqlite_only
def test_no_zip_a_cut_zip_and_a_link_are_refused(work: Work, good: Path) -> None:
    body = good.read_bytes()
    cut = good.with_name("cut.zip")
    for part in (b"", b"PK", b"plain text", body[: len(body) // 2]):
        cut.write_bytes(part)
        assert "no readable ZIP" in refused(work, cut)
    with zipfile.ZipFile(cut, "w") as file:
        link = zipfile.ZipInfo("files/link")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    assert "not an ordinary file" in refused(work, cut)


TOLD: list[tuple[str, Callable[[Members], None], str]] = [
    ("a signed content", swap("record/signature.jsonl", b"mentalis", b"platysma"), "not over the content"),
    ("an unknown field", swap(SITES, b'"units"', b'"unitz"'), "line 1: its fields"),
    ("a dose that is a number", swap(SITES, b'"units":"2.5"', b'"units":2.5'), "“units” cannot be"),
    ("a third side", swap(SITES, b'"side":"left"', b'"side":"lift"'), "“side” cannot be"),
    ("no JSON", swap(SITES, b"{", b"["), "line 1: not JSON"),
    ("a line too few", lambda members: members.update({SITES: b""}), "has 0 lines"),
    ("an entry of the trail", swap("record/audit_event.jsonl", b'"sequence":2', b'"sequence":3'), "entry 2 is missing"),
    ("a patient's clinic", swap(MANIFEST, b'"scope":"clinic"', b'"scope":"patient"'), "one patient"),
]


@pytest.mark.sqlite_only
def test_what_fits_its_manifest_and_not_the_record_leaves_nothing_behind(work: Work, good: Path) -> None:
    before = _rows(work)
    for what, change, reason in TOLD:
        with opening.opened(altered(good, change, told=True), work.key) as found:
            assert not found.sealed_here, what
            with pytest.raises(Refused, match=reason):
                imported(work, found)
        assert _rows(work) == before, what


def _rows(work: Work) -> int:
    with work.reading(SYSTEM, scoped=False) as uow:
        return sum(uow.session.scalar(select(func.count()).select_from(one)) or 0 for one in (Clinic, Visit, Patient))
