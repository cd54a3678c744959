"""Finding the one bit that flipped.

A CRC-32 tells more than that something is wrong: any two flipped bits of a message of less than 512 MB give different
checksums, so where exactly one has flipped, the difference between the two checksums says which one. Of damage that is
no single bit, about one in 4·10⁹ for each bit of the message looks like one, so whoever mends looks at the outcome, too.
"""

from __future__ import annotations

from zlib import crc32

_POLYNOMIAL = 0xEDB88320


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = tuple(map(_entry, range(256)))
_BY_TOP = {entry >> 24: index for index, entry in enumerate(_TABLE)}
_BITS = {_TABLE[1 << bit]: bit for bit in range(8)}
"""What a flipped bit in the last byte of a message changes in its checksum."""


def mended(message: bytes, checksum: int) -> bytes | None:
    """The message with the one bit flipped back that makes its CRC-32 ``checksum``; None: it takes more than one.

    Where the bit flipped in the checksum itself, that is the message as it is.
    """
    syndrome = crc32(message) ^ checksum
    if syndrome & (syndrome - 1) == 0:
        return message
    for at in range(len(message) - 1, -1, -1):
        bit = _BITS.get(syndrome)
        if bit is not None:
            return message[:at] + bytes((message[at] ^ 1 << bit,)) + message[at + 1 :]
        index = _BY_TOP[syndrome >> 24]  # what the checksum's difference was one byte before
        syndrome = (syndrome ^ _TABLE[index]) << 8 & 0xFFFFFFFF | index
    return None
