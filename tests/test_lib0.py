"""lib0's encoding, against the integers that lib0 itself writes and against every way a number can be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.lib0 import MAX_SAFE_INTEGER, read_bytes, read_uint, write_bytes, write_uint

# What lib0 0.2's `writeVarUint` made of them.
WRITTEN = {
    0: "00",
    127: "7f",
    128: "8001",
    16383: "ff7f",
    16384: "808001",
    2**32: "8080808010",
    MAX_SAFE_INTEGER: "ffffffffffffff0f",
}


@pytest.mark.parametrize(("value", "written"), WRITTEN.items())
def test_integers_are_written_as_lib0_does(value: int, written: str) -> None:
    assert write_uint(value).hex() == written
    assert read_uint(bytes.fromhex(written), 0) == (value, len(written) // 2)


@given(st.integers(0, MAX_SAFE_INTEGER), st.binary(), st.binary())
def test_an_integer_is_read_where_it_stands(value: int, before: bytes, behind: bytes) -> None:
    data = before + write_uint(value) + behind
    assert read_uint(data, len(before)) == (value, len(data) - len(behind))


@given(st.integers(0, 2**49 - 1), st.integers(0, 6))
def test_redundant_zero_groups_are_read_up_to_eight_bytes(value: int, groups: int) -> None:
    short = write_uint(value)
    padded = short[:-1] + bytes([short[-1] | 0x80]) + b"\x80" * groups + b"\0"
    if len(padded) <= 8:
        assert read_uint(padded, 0) == (value, len(padded))
    else:
        with pytest.raises(OverflowError):
            read_uint(padded, 0)


@given(st.integers(MAX_SAFE_INTEGER + 1, 2**80))
def test_what_javascript_cannot_hold_is_refused(value: int) -> None:
    with pytest.raises(OverflowError):
        read_uint(write_uint(value), 0)


def test_a_long_integer_costs_no_time() -> None:
    with pytest.raises(OverflowError):
        read_uint(b"\xff" * 10_000_000, 0)


@given(st.integers(0, MAX_SAFE_INTEGER), st.data())
def test_an_integer_cut_short_runs_off_the_end(value: int, data: st.DataObject) -> None:
    written = write_uint(value)
    with pytest.raises(IndexError):
        read_uint(written[: data.draw(st.integers(0, len(written) - 1))], 0)


@given(st.binary(), st.binary(), st.binary())
def test_bytes_are_read_where_they_stand(value: bytes, before: bytes, behind: bytes) -> None:
    data = before + write_bytes(value) + behind
    assert read_bytes(data, len(before)) == (value, len(data) - len(behind))


@given(st.binary(max_size=20), st.integers(1, MAX_SAFE_INTEGER - 20))
def test_bytes_that_are_not_there_run_off_the_end(value: bytes, more: int) -> None:
    with pytest.raises(IndexError):
        read_bytes(write_uint(len(value) + more) + value, 0)
