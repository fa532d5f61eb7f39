"""What a serving process keeps of the memory that its pages took (D-28)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clinic import memory

FEW = 2
THREADS = 8
_STORES = """
import ctypes, sys, tempfile, threading
from clinic import memory
if sys.argv[1] == "kept":
    assert memory.keep_little()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
together = threading.Barrier({threads})
def take():
    together.wait()
    for _ in range(2000):
        library.malloc(2000)
    together.wait()
threads = [threading.Thread(target=take) for _ in range({threads})]
[one.start() for one in threads]
[one.join() for one in threads]
library.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as file:
    out = library.fopen(file.name.encode(), b"w")
    library.malloc_info(0, ctypes.c_void_p(out))
    library.fclose(ctypes.c_void_p(out))
    print(file.read().count(b"<heap nr="))
"""


def stores(how: str) -> int:
    """How many stores the C library made for a process whose threads take memory at once."""
    code = _STORES.format(threads=THREADS)
    ran = subprocess.run([sys.executable, "-c", code, how], capture_output=True, text=True, check=True, timeout=60)
    return int(ran.stdout)


def test_threads_share_their_stores_of_memory() -> None:
    """D-28: the threads of a server do not keep one store of memory each; without the choice they do."""
    assert stores("kept") <= FEW
    assert stores("as it is") > FEW


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library without these choices is no reason not to start."""

    class Other:
        def __init__(self, name: object) -> None:
            pass

    monkeypatch.setattr(memory.ctypes, "CDLL", Other)
    assert not memory.keep_little()
