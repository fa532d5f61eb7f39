"""Keys by which similar names find each other in an index, so that a look-alike is looked up and never searched for.

Whoever ``similar_names`` finds similar shares a key; who shares one need not be similar. Of two words one slip apart at
least one half is untouched, so a word is held by its two halves and its length, and looked for at three lengths.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import combinations

from clinic.domain.patients import Identity
from clinic.domain.phonetics import sounds

MARK = "="
"""No folded word begins with it: the keys stand among a patient's words, and no search by letters meets them."""
_SHORTEST = 3


def held(identity: Identity) -> frozenset[str]:
    """The keys under which a patient is kept."""
    return frozenset(_short(key) for key in held_in_full(identity))


def looked_for(identity: Identity) -> frozenset[str]:
    """The keys of which everybody with similar names holds at least one."""
    return frozenset(_short(key) for key in looked_for_in_full(identity))


def held_in_full(identity: Identity) -> frozenset[str]:
    """The keys before they are shortened for an index; enough to compare the people of one page."""
    keys = set(_common(identity))
    for rest, word in _each_word(identity):
        keys.update(_halves(rest, word, len(word)))
    return frozenset(keys)


def looked_for_in_full(identity: Identity) -> frozenset[str]:
    """The same of the keys that are looked for."""
    keys = set(_common(identity))
    for rest, word in _each_word(identity):
        for length in range(max(_SHORTEST, len(word) - 1), len(word) + 2):
            keys.update(_halves(rest, word, length))
    return frozenset(keys)


def sound_key(identity: Identity) -> str:
    """The one key that says how the names sound; records from before it was made get it from the migration."""
    return _short(_sound(identity))


def _sound(identity: Identity) -> str:
    return "sounds " + " ".join(sounds(identity.words))


def _common(identity: Identity) -> Iterator[str]:
    words = sorted(identity.words)
    yield "joined " + " ".join(sorted(identity.joined))
    yield "all " + " ".join(words)
    yield _sound(identity)
    for pair in combinations(words, 2):
        yield "pair " + " ".join(pair)


def _each_word(identity: Identity) -> Iterator[tuple[str, str]]:
    words = identity.words
    for word in words:
        rest = " ".join(sorted(words - {word}))
        if rest and len(word) >= _SHORTEST:
            yield rest, word


def _halves(rest: str, word: str, length: int) -> Iterator[str]:
    # A slip before the middle leaves the end whole, even two swapped letters across it; one after leaves the start.
    middle = length // 2
    yield f"start {length} {word[:middle]} {rest}"
    yield f"end {length} {word[-(length - middle - 1) :]} {rest}"


def _short(key: str) -> str:
    # Names are long and these are many: 64 bits tell them apart well enough for a first choice.
    return MARK + hashlib.sha256(key.encode()).hexdigest()[:16]
