"""lib0's encoding, on which both the update format and the protocols stand: integers of variable length, and bytes.

An unsigned integer is seven bits a byte, least significant first, the high bit for "more follows". Readers take the
bytes and a position and return the value and the position after it. Running off the end raises ``IndexError`` and a
number JavaScript cannot hold ``OverflowError``; whoever owns the whole message turns both into one clear error.
Checking every byte in advance would double the price of a keystroke.
"""

from __future__ import annotations

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer JavaScript holds exactly, and so the largest lib0 reads."""

_SHORT = [bytes([value]) for value in range(128)]


def read_uint(data: bytes, pos: int) -> tuple[int, int]:
    """Read one unsigned integer of at most 53 bits.

    Source: lib0 ``readVarUint``. Redundant zero groups are accepted as lib0 does, up to eight bytes in all.
    Errors: ``OverflowError`` above 53 bits, ``IndexError`` where the bytes end.
    """
    byte = data[pos]
    if byte < 0x80:
        return byte, pos + 1
    value = byte & 0x7F
    shift = 7
    while True:
        pos += 1
        byte = data[pos]
        if byte < 0x80:
            break
        value |= (byte & 0x7F) << shift
        shift += 7
        if shift > 49:  # eight bytes hold 56 bits: no honest writer needs a ninth
            raise OverflowError(f"an integer longer than eight bytes at byte {pos}")
    value |= byte << shift
    if value > MAX_SAFE_INTEGER:
        raise OverflowError(f"an integer above 2^53 at byte {pos}")
    return value, pos + 1


def write_uint(value: int) -> bytes:
    """Encode one unsigned integer in as few bytes as it needs."""
    if value < 0x80:
        return _SHORT[value]
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_bytes(data: bytes, pos: int) -> tuple[bytes, int]:
    """Read a length and that many bytes (lib0 ``readVarUint8Array``)."""
    length, pos = read_uint(data, pos)
    end = pos + length
    if end > len(data):
        raise IndexError(f"{length} bytes are announced at byte {pos}, {len(data) - pos} are there")
    return data[pos:end], end


def write_bytes(value: bytes) -> bytes:
    """Encode a length and the bytes (lib0 ``writeVarUint8Array``; a string in UTF-8 is written the same way)."""
    return write_uint(len(value)) + value
