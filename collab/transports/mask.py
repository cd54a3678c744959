"""The mask that lies on what a client sends (RFC 6455 §5.3), taken off in place.

aiohttp has a function for it in C, and does not promise to keep it: so it is tried when this is loaded, and where it is not
there, or does something else, what Python can do alone takes its place.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

Unmask = Callable[[bytes, bytearray], None]
"""Takes four bytes of mask off a payload."""


def unmask_in_python(mask: bytes, payload: bytearray) -> None:
    """As one long number: for what is short there is nothing faster in Python alone."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    payload[:] = (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


def _find() -> Unmask:
    payload = bytearray(b"\x62\x6f\x60\x67\x60\x62")
    try:
        unmask_in_c: Unmask = import_module("aiohttp._websocket.mask")._websocket_mask_cython
        unmask_in_c(b"\1\0\x0c\x0b", payload)
    except (ImportError, AttributeError, TypeError, ValueError):
        return unmask_in_python
    return unmask_in_c if payload == b"collab" else unmask_in_python


unmask = _find()
