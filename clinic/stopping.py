"""A stop that cuts nobody off: what was begun is finished, what is new is refused, then the server ends (D-32)."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

GRACE_SECONDS = 10.0
"""D-32: as long as a stop waits for what was begun."""
_LOOK_SECONDS = 0.1
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(server: Any, grace: float = GRACE_SECONDS, *, begun: Callable[[], None] = lambda: None) -> int:
    """Serve with waitress until SIGTERM or SIGINT; give how many requests were not finished within ``grace`` seconds.

    ``begun`` is called once a stop is listened for: who is told before could ask for one that ends the process at once.
    """
    from waitress.server import BaseWSGIServer  # Only the server needs it.

    sockets: dict[int, Any] = getattr(server, "map", None) or server._map  # noqa: SLF001 - one listener has no other way
    listeners = [one for one in sockets.values() if isinstance(one, BaseWSGIServer)]
    asked: list[int] = []
    with _signals(asked, listeners[0]):
        begun()
        while not asked:
            _poll(server, sockets, server.adj.asyncore_loop_timeout if hasattr(server, "adj") else 1.0)
        return _finish(server, sockets, listeners, time.monotonic() + grace)


@contextmanager
def _signals(asked: list[int], listener: Any) -> Iterator[None]:
    def ask(number: int, _frame: FrameType | None) -> None:
        # Without a lock: a second signal comes in the middle of the first (make and the terminal both send one).
        asked.append(number)
        listener.trigger.pull_trigger()  # The wait for the next request ends at once.

    before = {one: signal.signal(one, ask) for one in _SIGNALS}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _poll(server: Any, sockets: dict[int, Any], seconds: float) -> None:
    from waitress import wasyncore  # Only the server needs it.

    adjustments = getattr(server, "adj", None)
    wasyncore.loop(timeout=seconds, map=sockets, use_poll=bool(adjustments and adjustments.asyncore_use_poll), count=1)


def _finish(server: Any, sockets: dict[int, Any], listeners: list[Any], until: float) -> int:
    _stop_listening(server, sockets, listeners)
    while time.monotonic() < until and (busy := _busy(listeners)):
        _poll(server, sockets, _LOOK_SECONDS)
        for channel in _channels(listeners):
            if channel not in busy and not _is_busy(channel):
                channel.handle_close()
    left = len(_busy(listeners))
    server.task_dispatcher.shutdown(cancel_pending=True, timeout=max(until - time.monotonic(), 0.0))
    return left


def _stop_listening(server: Any, sockets: dict[int, Any], listeners: list[Any]) -> None:
    # Whoever is connected already, or waits to be, is still served: only then nobody new comes in.
    known = -1
    while known != (known := sum(len(one.active_channels) for one in listeners)):
        _poll(server, sockets, 0.0)
    for one in listeners:
        one.accepting = False
        one.del_channel(sockets)
        one.socket.close()
    _poll(server, sockets, 0.0)  # What has arrived on an open connection is read before idle ones are closed.


def _channels(listeners: list[Any]) -> list[Any]:
    return [channel for one in listeners for channel in list(one.active_channels.values())]


def _busy(listeners: list[Any]) -> list[Any]:
    return [channel for channel in _channels(listeners) if _is_busy(channel)]


def _is_busy(channel: Any) -> bool:
    """Whether a request is being received, worked on, or its answer is on its way."""
    return bool(channel.requests or channel.total_outbufs_len or channel.request is not None)
