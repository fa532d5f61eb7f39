"""S-92: every package is pinned with hashes and stands in the bill of materials; the fix times are written down."""

from __future__ import annotations

import re

import pytest

from tests.bill_of_materials import ROOT, bill, components

UNPINNED = re.compile(r"^(?![#\s-])(?!.*==)\S", re.MULTILINE)
KINDS = ("requirements.txt", "requirements-dev.txt")


def loose(requirements: str) -> list[str]:
    """Packages without a version or without a hash."""
    found = [line for line in requirements.splitlines() if UNPINNED.match(line)]
    return found + [one["name"] for one in components(requirements) if not one["hashes"]]


@pytest.mark.parametrize("name", KINDS)
def test_every_package_is_pinned_with_its_hashes(name: str) -> None:
    """S-92."""
    assert loose((ROOT / name).read_text(encoding="utf-8")) == []


def test_the_bill_names_every_package_of_the_lock_file() -> None:
    """S-92: name, version, address in the registry and hashes."""
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    made = bill(requirements)
    assert made["bomFormat"] == "CycloneDX"
    assert len(made["components"]) == requirements.count("==") > 20
    assert {"flask", "sqlalchemy", "reportlab"} <= {one["name"] for one in made["components"]}


@pytest.mark.parametrize("text", ["flask\n", "flask>=3\n", "flask==3.0 \\\n    # no hash\n"])
def test_a_loose_package_is_found(text: str) -> None:
    """The tooth."""
    assert loose(text)


def test_how_to_report_and_how_soon_it_is_mended_is_written_down() -> None:
    """S-92: critical within 7 days, high within 30."""
    words = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "7 days" in words
    assert "30 days" in words
    assert "report" in words.lower()
