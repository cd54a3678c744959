"""How moments are spelt."""

from __future__ import annotations

import pytest

from collab.errors import InvalidRequest
from collab.history import ByNumber, ByTime, ByVersion, Now, Spelling, read_moment


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0", ByNumber(0)),
        ("17", ByNumber(17)),
        ("now", Now()),
        ("v-mfrggzdfmztwq2lk", ByVersion("v-mfrggzdfmztwq2lk")),
        ("1970-01-01T00:00:01Z", ByTime(1000)),
        ("1970-01-01t01:00:01.5+01:00", ByTime(1500)),
    ],
)
def test_what_is_meant(text: str, meant: Spelling) -> None:
    assert read_moment(text) == meant


@pytest.mark.parametrize(
    "text", ["", "-1", "1.5", "NOW", "v-", "v-MFRGGZDFMZTWQ2LK", "2026-01-01", "2026-13-01T00:00:00Z"]
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_moment(text, "/query/at")
    assert refused.value.where == "/query/at"
