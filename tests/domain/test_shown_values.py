"""The digest of what was shown: the same for the same values, whatever their order; another for any other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.shown_values import digest

VALUES = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=6)


@given(VALUES)
def test_order_and_blanks_do_not_matter(values: dict[str, str]) -> None:
    turned = dict(reversed(list(values.items())))
    assert digest(turned) == digest(values) == digest({name: text for name, text in values.items() if text})


@given(VALUES, VALUES)
def test_other_values_give_another_digest(one: dict[str, str], other: dict[str, str]) -> None:
    said = [{name: text for name, text in values.items() if text} for values in (one, other)]
    assert (digest(one) == digest(other)) is (said[0] == said[1])
