"""What is said beside retraining promises nothing and names its evidence."""

from __future__ import annotations

from clinic.domain.modalities import MODALITIES, Standing
from clinic.domain.proposals import Strength

BANNED = ("cure", "best", "guarantee", "permanent", "reverse", "90 percent", "90 %", "proven", "safe and effective")


def test_every_modality_names_its_evidence_and_promises_nothing() -> None:
    for one in MODALITIES:
        said = f"{one.words} {one.evidence}".casefold()
        assert [word for word in BANNED if word in said] == [], one.id
        assert one.sources, one.id


def test_the_doubtful_ones_stand_as_such() -> None:
    by_id = {one.id: one for one in MODALITIES}
    assert by_id["electrical_stimulation"].standing is Standing.CAUTION
    assert "conflicts" in by_id["electrical_stimulation"].evidence
    assert by_id["acupuncture"].standing is Standing.ASKED
    assert "Nothing shows that it prevents synkinesis" in by_id["acupuncture"].evidence
    assert by_id["mindfulness"].strength is Strength.NONE
    assert "does not bring back strength" in by_id["massage"].words
