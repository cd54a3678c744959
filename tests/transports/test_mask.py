"""The mask is taken off right, whoever does it."""

from __future__ import annotations

import os

import pytest

from collab.transports.mask import Unmask, unmask, unmask_in_python


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 8, 50, 127, 200, 1000, 65537])
@pytest.mark.parametrize("way", [unmask, unmask_in_python], ids=["as here", "in Python"])
def test_every_byte_has_its_part_of_the_mask(way: Unmask, size: int) -> None:
    mask, plain = os.urandom(4), os.urandom(size)
    payload = bytearray(byte ^ mask[index % 4] for index, byte in enumerate(plain))
    way(mask, payload)
    assert payload == plain


def test_the_aiohttp_that_is_installed_has_it_in_c() -> None:
    """Should another version have it no more, this says so; everything works as before, a hundred times slower."""
    assert unmask is not unmask_in_python
