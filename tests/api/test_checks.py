"""What is wrong with a value is said in a sentence that names the place and repeats nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.api.checks import Check, decode_base64url, encode_base64url
from collab.errors import InvalidName, InvalidRequest

PERSON = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 3},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "a/b~c": {"type": ["boolean", "null"]},
        "role": {"enum": ["viewer", "editor"]},
        "word": {"type": "string", "pattern": "^[a-z]+$"},
        "line": {"type": "string", "format": "line"},
        "bytes": {"type": "string", "format": "base64url"},
        "document": {"type": "string", "format": "document-name"},
        "list": {"type": "array", "items": {"type": "string"}},
    },
}


@pytest.mark.parametrize(
    ("value", "where", "detail"),
    [
        ([], "/body", "the body is not an object"),
        (None, "/body", "the body is not an object"),
        ({}, "/body/name", "`name` in the body is missing"),
        ({"name": "a", "secret-token": 1}, "/body", "the body may only have `name`, `age`"),
        ({"name": 1}, "/body/name", "`name` in the body is not text"),
        ({"name": ""}, "/body/name", "is empty"),
        ({"name": "abcd"}, "/body/name", "has more than 3 characters"),
        ({"name": "a", "age": -1}, "/body/age", "is less than 0"),
        ({"name": "a", "age": 151}, "/body/age", "is more than 150"),
        ({"name": "a", "age": True}, "/body/age", "is not a whole number"),
        ({"name": "a", "age": 1.5}, "/body/age", "is not a whole number"),
        ({"name": "a", "a/b~c": 1}, "/body/a~1b~0c", "`a/b~c` in the body is not true or false or null"),
        ({"name": "a", "role": "king"}, "/body/role", "is not one of viewer, editor"),
        ({"name": "a", "word": "A"}, "/body/word", "is not as described (pattern)"),
        ({"name": "a", "word": "a\n"}, "/body/word", "is not as described (pattern)"),
        ({"name": "a", "line": "a\nb"}, "/body/line", "is not one line of text"),
        ({"name": "a", "line": "a\N{LINE SEPARATOR}"}, "/body/line", "is not one line of text"),
        ({"name": "a", "line": "\ud800"}, "/body/line", "is not one line of text"),
        ({"name": "a", "bytes": "A"}, "/body/bytes", "is not base64url"),
        ({"name": "a", "list": ["a", 1]}, "/body/list/1", "`list/1` in the body is not text"),
    ],
)
def test_what_is_wrong_and_where(value: Any, where: str, detail: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(detail)) as raised:
        Check(PERSON, "/body")(value)
    assert raised.value.where == where
    assert "secret-token" not in str(raised.value)


def test_a_query_parameter_is_called_one() -> None:
    with pytest.raises(InvalidRequest, match="the query parameter `limit` is less than 1") as raised:
        Check({"type": "integer", "minimum": 1}, "/query/limit")(0)
    assert raised.value.where == "/query/limit"


def test_what_is_right_passes() -> None:
    check = Check(PERSON, "/body")
    check({"name": "é", "age": 3, "a/b~c": None, "role": "viewer", "word": "abc", "line": "a 😀", "bytes": "AA"})
    check({"name": "abc", "document": "a/b", "list": []})


def test_a_name_is_refused_as_names_are() -> None:
    with pytest.raises(InvalidName, match="normal form C"):
        Check(PERSON, "/body")({"name": "a", "document": "e\N{COMBINING ACUTE ACCENT}"})


@given(st.binary(max_size=50))
def test_base64url_there_and_back(data: bytes) -> None:
    text = encode_base64url(data)
    assert re.fullmatch("[A-Za-z0-9_-]*", text)
    assert decode_base64url(text) == decode_base64url(text + "=" * (-len(text) % 4)) == data
