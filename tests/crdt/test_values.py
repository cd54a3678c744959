"""Any values and JSON texts: where they end, and which of them every reader can read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt.limits import MAX_VALUES
from collab.crdt.steps import run
from collab.crdt.values import check_json, skip_any, skip_string
from collab.errors import MalformedUpdate, TooLarge
from tests.crdt import wire

ANYS = st.recursive(
    st.sampled_from([wire.ANY_NULL, wire.ANY_UNDEFINED, wire.ANY_TRUE, b"\x79", b"\x7c" + bytes(4)])
    | st.integers(-(2**53) + 1, 2**53 - 1).map(wire.any_integer)
    | st.floats().map(wire.any_float)
    | st.integers(-(2**63), 2**63 - 1).map(wire.any_bigint)
    | st.text(max_size=8).map(wire.any_string)
    | st.binary(max_size=8).map(wire.any_bytes),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda values: wire.any_array(*values))
        | st.lists(st.tuples(st.text(max_size=4), inner), max_size=4).map(lambda entries: wire.any_object(*entries))
    ),
    max_leaves=20,
)


@given(ANYS, st.binary(max_size=4), st.binary(max_size=4))
def test_a_value_ends_where_it_ends(value: bytes, before: bytes, behind: bytes) -> None:
    assert run(skip_any(before + value + behind, len(before))) == len(before) + len(value)


@given(ANYS)
def test_a_value_that_is_cut_off_is_refused(value: bytes) -> None:
    for end in range(len(value)):
        with pytest.raises((IndexError, MalformedUpdate)):
            run(skip_any(value[:end], 0))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    try:
        end = run(skip_any(data, 0))
    except (IndexError, OverflowError, MalformedUpdate):
        return
    assert 0 < end <= len(data)


@given(st.text(), st.binary())
def test_a_string_ends_where_it_ends(text: str, behind: bytes) -> None:
    assert skip_string(wire.string(text) + behind, 0) == len(wire.string(text))


def is_json(text: bytes) -> bool:
    try:
        check_json(text, 0)
    except MalformedUpdate:
        return False
    return True


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_what_json_writes_is_json(value: object, ascii_: bool, indent: int | None) -> None:
    assert is_json(json.dumps(value, ensure_ascii=ascii_, indent=indent).encode())


@given(JSON, st.sampled_from(["NaN", "Infinity", "-Infinity", "undefined", "nul", ",", "\x0b"]))
def test_what_no_browser_reads_is_none_wherever_it_stands(value: object, bad: str) -> None:
    assert not is_json(bad.encode())
    assert not is_json(f"[{json.dumps(value)}, {bad}]".encode())
    assert not is_json(f'{{"a": {bad}}}'.encode())
    assert not is_json(f"{json.dumps(value)} {bad}".encode())


@given(st.text('[]{}",:\\a1 ', max_size=40))
def test_brackets_and_quotes_in_any_order_are_judged_as_by_the_standard_library(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        assert not is_json(text.encode())
    else:
        assert is_json(text.encode())


@given(st.text('[{"\\', max_size=300))
def test_no_heap_of_brackets_overflows_anything(text: str) -> None:
    assert not is_json((text + "[" * 90_000).encode()) or text.count('"')


def test_a_number_may_have_more_digits_than_python_likes_to_read() -> None:
    assert is_json(b"9" * 10_000)
    assert is_json(b"1" + b"0" * 10_000 + b".5e-7")


def test_a_text_of_too_many_values_is_refused() -> None:
    check_json(b"[" + b"1," * (MAX_VALUES - 2) + b"1]", 0)
    with pytest.raises(TooLarge):
        check_json(b"[" + b"1," * MAX_VALUES + b"1]", 0)


def test_undefined_counts_only_where_content_json_may_write_it() -> None:
    check_json(b"undefined", 0, or_undefined=True)
    with pytest.raises(MalformedUpdate):
        check_json(b"undefined", 0)
    with pytest.raises(MalformedUpdate):
        check_json(b"[undefined]", 0, or_undefined=True)
