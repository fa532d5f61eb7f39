"""Memory of a serving process: what a page took goes back to the system, and threads share what is kept.

The C library gives every thread a store of its own and keeps ever larger blocks for later. With eight threads that held
a sixth of a worker's memory for nothing after a few hundred pages (D-28; docs/performance.md says what a worker may hold).
"""

from __future__ import annotations

import ctypes
from typing import Final

_STORES: Final = (-8, 2)
"""M_ARENA_MAX: so many stores, however many threads."""
_LARGE: Final = (-3, 128 * 1024)
"""M_MMAP_THRESHOLD: blocks from here on are returned at once; the library's own first value, which no longer grows."""
_LEFT_OVER: Final = (-1, 128 * 1024)
"""M_TRIM_THRESHOLD: so much unused stays at the end of a store."""


def keep_little() -> bool:
    """Tell the C library before threads begin; False where it is another one than glibc, which has no such choices."""
    try:
        choose = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return all(choose(*one) == 1 for one in (_STORES, _LARGE, _LEFT_OVER))
