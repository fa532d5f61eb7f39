"""Which side effects follow which muscles: none that they cannot cause, and every serious one stays."""

from __future__ import annotations

import pytest
from hypothesis import given

from clinic.domain.anatomy import MUSCLES, OTHER, Side, danger_zones
from clinic.domain.documents.side_effects import TEXT, effects_of, side_effects
from clinic.domain.documents.texts import languages, text
from clinic.domain.documents.treated_places import EYE_MUSCLES, TreatedSite
from tests.domain.documents.treatments import SESSIONS, treated

ALWAYS = {"needle", "unwell", "allergy", "spread"}
SERIOUS = {"weak_closure", "dry_sore_eye", "double_vision", "swallowing_neck", "allergy", "spread"}


def ids(*sites: TreatedSite) -> set[str]:
    """The effects that sites can cause, without those of every injection."""
    return {one.effect.id for one in effects_of(sites)} - ALWAYS


def test_every_rule_has_words_in_every_language_and_names_its_sources() -> None:
    for code in languages():
        assert set(text(TEXT, code).parts) == set(side_effects())
    assert all(one.sources and one.strength for one in side_effects().values())
    assert {one.id for one in side_effects().values() if one.serious} == SERIOUS


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        (treated("mentalis"), {"mouth_leak", "uneven_lips"}),
        (treated("frontalis"), {"brow_droop", "eyelid_droop"}),
        (treated("corrugator_supercilii"), {"eyelid_droop"}),
        (treated("platysma", sub_site="medial_band_1"), {"swallowing_neck"}),
        (treated("platysma", site_group="jaw"), {"swallowing_neck", "uneven_lips"}),
        (treated("platysma", site_group="face"), {"swallowing_neck", "uneven_lips"}),
        (treated("levator_anguli_oris"), {"smile_droop", "uneven_lips"}),
        (treated("buccinator"), {"mouth_leak", "cheek_biting", "smile_droop"}),
        (treated("orbicularis_oris"), {"mouth_leak", "speech", "uneven_lips"}),
        (treated("depressor_labii_inferioris"), {"mouth_leak", "speech", "uneven_lips"}),
        (treated("depressor_anguli_oris"), {"mouth_leak", "uneven_lips"}),
        (treated("zygomaticus_major"), {"smile_droop"}),
        (treated("lacrimal_gland"), {"eyelid_droop", "dry_sore_eye", "double_vision"}),
        (treated("nasalis"), set()),
    ],
)
def test_what_a_muscle_can_cause(site: TreatedSite, expected: set[str]) -> None:
    assert ids(site) == expected


def test_the_parts_of_the_eye_muscle_differ_and_an_unnamed_place_counts_as_all() -> None:
    eye = {"eyelid_droop", "weak_closure", "dry_sore_eye", "double_vision"}
    assert ids(treated("orbicularis_oculi", sub_site="upper_pretarsal_medial")) == eye
    assert ids(treated("orbicularis_oculi", sub_site="lower_pretarsal_mid")) == eye | {"watery_eye"}
    assert ids(treated("orbicularis_oculi", sub_site="lateral_orbital_lower")) == eye | {"smile_droop"}
    assert ids(treated("orbicularis_oculi")) == eye | {"watery_eye", "smile_droop"}


def test_another_place_counts_as_the_muscles_below_it() -> None:
    chin = treated(OTHER, at=(55, -835))
    assert "mentalis" in chin.muscles
    assert {"mouth_leak", "uneven_lips"} <= ids(chin)
    assert ids(treated(OTHER, at=(900, 880))) == set()


def test_why_names_the_muscles_and_sides_once() -> None:
    sites = (treated("orbicularis_oculi"), treated("orbicularis_oculi"), treated("frontalis", Side.RIGHT))
    why = {one.effect.id: one.why for one in effects_of(sites)}
    assert why["eyelid_droop"] == "because of: orbicularis oculi, patient’s left; frontalis, patient’s right"
    assert why["brow_droop"] == "because of: frontalis, patient’s right"
    assert why["spread"] == "can follow any injection"


def test_a_serious_effect_cannot_be_left_out() -> None:
    every = frozenset(f"effect:{key}" for key in side_effects())
    choices = {one.key: one for one in (chosen.choice(every) for chosen in effects_of([treated("platysma")]))}
    assert choices["effect:swallowing_neck"].fixed
    assert choices["effect:swallowing_neck"].on
    assert not choices["effect:needle"].fixed
    assert not choices["effect:needle"].on


@given(SESSIONS)
def test_no_effect_whose_muscles_were_not_treated(sites: tuple[TreatedSite, ...]) -> None:
    reached = {muscle for site in sites for muscle in site.muscles}
    chosen = {one.effect.id: one for one in effects_of(sites)}
    assert set(chosen) >= ALWAYS
    for key, rule in side_effects().items():
        if rule.muscles is not None:
            assert key not in chosen or reached & set(rule.muscles)
            bare = {muscle for muscle, groups in rule.muscles.items() if not groups}
            assert key in chosen or not reached & bare
    assert all(one.because and set(one.because) <= set(sites) for one in chosen.values())


@given(SESSIONS)
def test_a_site_is_near_the_eye_when_its_muscle_is(sites: tuple[TreatedSite, ...]) -> None:
    for site in sites:
        if site.muscle != OTHER:
            assert site.near_eye == (site.muscle in EYE_MUSCLES)
        elif site.muscles & EYE_MUSCLES:
            assert site.near_eye


def test_the_eye_muscles_are_those_of_the_eyes_danger_zones_and_their_neighbours() -> None:
    zones = ("levator_palpebrae_superioris", "inferior_oblique", "lateral_rectus", "lacrimal_gland")
    meant = {muscle for zone in danger_zones() if zone.key in zones for muscle in zone.applies_to}
    assert meant | {"procerus", "depressor_supercilii"} == EYE_MUSCLES
    assert set(MUSCLES) >= EYE_MUSCLES
