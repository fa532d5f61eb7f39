"""A line to PostgreSQL that is cut at the worst moment: when COMMIT was sent, before or after the server had it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_PIECE = 65536


@dataclass
class Line:
    """Listens on a port of this machine and passes everything on, until it is told to cut."""

    target: Path
    cut: str = ""
    """``before`` or ``after`` the server has the next COMMIT; once."""
    were_cut: int = 0
    settled: threading.Event = field(default_factory=threading.Event)
    """Set when the server has done with a line that was cut: what it had of it is there now, or never."""
    _listener: socket.socket = field(default_factory=socket.socket)
    _open: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self.target))
                self._open += [near, far]
                threading.Thread(target=self._there, args=(near, far), daemon=True).start()
                threading.Thread(target=self._back, args=(far, near), daemon=True).start()

    def _there(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while piece := near.recv(_PIECE):
                if self.cut and b"COMMIT\0" in piece:
                    after, self.cut, self.were_cut = self.cut == "after", "", self.were_cut + 1
                    near.shutdown(socket.SHUT_RDWR)  # First, or a quick answer would still come through.
                    if after:
                        far.sendall(piece)
                    far.shutdown(socket.SHUT_WR)  # The server is told too, after what it had.
                    return
                far.sendall(piece)
            far.shutdown(socket.SHUT_RDWR)

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while piece := far.recv(_PIECE):
                with suppress(OSError):
                    near.sendall(piece)
        if self.were_cut:
            self.settled.set()
