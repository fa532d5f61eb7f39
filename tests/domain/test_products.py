"""Products: every fact with its source, names, substances, and the limits that rules may read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clinic.domain.errors import Invalid
from clinic.domain.inventory import product, product_name, products, rule_limit, substance
from clinic.domain.products import Basis

ONA = "onabotulinumtoxinA"


def test_every_product_is_there_with_its_vials() -> None:
    sizes = {key: [int(vial.units) for vial in item.vials] for key, item in products().items()}
    assert sizes == {
        "botox": [100, 200],
        "botox_cosmetic": [50, 100],
        "dysport": [300, 500],
        "xeomin": [50, 100, 200],
        "jeuveau": [100],
        "daxxify": [50, 100],
        "letybo": [50, 100],
        "myobloc": [2500, 5000, 10000],
        "azzalure": [125],
    }


def test_every_fact_names_a_source_for_a_reader() -> None:
    for item in products().values():
        facts = [*item.contraindications, *(limit.fact for limit in item.limits)]
        facts += [fact for fact in (item.storage, item.ready_fact) if fact]
        sources = [fact.source for fact in facts] + [mix.source for vial in item.vials for mix in vial.mixes]
        assert all(len(source) > 10 for source in [*sources, item.keeping.source])
        assert all(fact.text for fact in facts)
        assert len(item.contraindications) >= 2


def test_names_put_the_generic_first_and_keep_its_suffix() -> None:
    assert product_name(product("botox")) == "onabotulinumtoxinA (Botox)"
    assert product_name("jeuveau") == "prabotulinumtoxinA-xvfs (Jeuveau)"
    assert product_name("daxxify") == "daxibotulinumtoxinA-lanm (Daxxify)"
    assert product_name("letybo") == "letibotulinumtoxinA-wlbg (Letybo)"
    assert product_name("a toxin from abroad") == "a toxin from abroad"


def test_botox_and_botox_cosmetic_are_one_substance() -> None:
    assert substance("botox") == substance("botox_cosmetic") == ONA
    assert substance(product("jeuveau")) == "prabotulinumtoxinA"
    assert substance("dysport") == substance("azzalure") == "abobotulinumtoxinA"
    assert substance("a toxin from abroad") == "a toxin from abroad"
    others = [substance(key) for key in products() if not key.startswith("botox")]
    assert ONA not in others


def test_an_unknown_product_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        product("botulax")
    assert refused.value.fields == {"product": "Choose a product from the list."}


def test_products_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        products()["botox"] = product("xeomin")  # type: ignore[index]


def test_rules_read_verified_limits_only() -> None:
    limits = {rule: rule_limit(rule) for rule in ("DOSE-001", "DOSE-002", "DOSE-003", "DOSE-005")}
    assert {rule: int(limit.units) for rule, limit in limits.items()} == {
        "DOSE-001": 400,
        "DOSE-002": 200,
        "DOSE-003": 400,
        "DOSE-005": 5,
    }
    assert all(limit.fact.verified for limit in limits.values())
    assert limits["DOSE-001"].months == 3
    assert limits["DOSE-002"].days == 30
    recalled = [lim for item in products().values() for lim in item.limits if not lim.fact.verified]
    assert recalled
    assert not any(limit.rule for limit in recalled)


def test_what_is_only_recalled_is_marked() -> None:
    assert not product("daxxify").keeping.basis.verified
    ready = product("myobloc").ready_fact
    assert ready is not None
    assert not ready.verified
    assert all(not mix.basis.verified for vial in product("daxxify").vials for mix in vial.mixes)
    assert Basis.RECALLED.label == "unverified"


def test_only_onabotulinumtoxina_ships_with_an_entry_threshold() -> None:
    thresholds = {key: item.entry_threshold for key, item in products().items() if item.entry_threshold is not None}
    assert thresholds == {"botox": Decimal(10), "botox_cosmetic": Decimal(10)}
