"""Each thing that pycrdt reads otherwise than Yjs is written so that it reads it right; ``test_reading`` is the proof."""

from __future__ import annotations

import pytest

from collab.content.reading import read
from collab.content.roots import Kind
from collab.content.spelling import respell
from collab.crdt import parsing, run
from collab.errors import MalformedUpdate
from tests.crdt import wire


def written(*structs: bytes, deletes: bytes = wire.NO_DELETES) -> bytes:
    return wire.update(wire.section(1, 0, *structs), deletes=deletes)


def string_of(update: bytes) -> str:
    shown: str = read(respell(update)[0], "text", Kind.TEXT).string
    return shown


def test_a_pair_cut_by_a_deletion_is_two_replacement_characters() -> None:
    assert string_of(written(wire.typed("a😀b"), deletes=wire.deletes((1, [(2, 1)])))) == "a\ufffdb"


def test_a_pair_cut_by_an_insertion_is_two_replacement_characters() -> None:
    assert string_of(written(wire.typed("a😀b"), wire.typed("-", origin=(1, 1), right=(1, 2)))) == "a\ufffd-\ufffdb"


def test_a_pair_that_is_whole_stays() -> None:
    update = written(
        wire.typed("a😀b"), wire.typed("-", origin=(1, 2), right=(1, 3)), deletes=wire.deletes((1, [(0, 1)]))
    )
    assert respell(update)[0] == update
    assert string_of(update) == "😀-b"


def test_old_json_is_read() -> None:
    words = wire.jsons("1", '"two"', "undefined", "null", "true", "false", '{"a":[1.5]}', '"\\ud83d"', "1" * 400)
    update = written(wire.item(wire.JSON, words, parent="array"))
    # Yjs makes a float of any number, and a half of a pair is no character.
    assert read(respell(update)[0], "array", Kind.ARRAY) == [
        *(1, "two", None, None, True, False, {"a": [1.5]}, "\ufffd", float("inf"))
    ]


def test_a_hook_is_read_as_its_map() -> None:
    hook = wire.item(wire.TYPE, bytes([wire.XML_HOOK]) + wire.string("video"), parent="array")
    update = written(hook, wire.item(wire.ANY, wire.anys(wire.any_string("x")), parent=(1, 0), key="src"))
    assert read(respell(update)[0], "array", Kind.ARRAY) == [{"src": "x"}]


def test_clocks_stay() -> None:
    update = written(wire.typed("😀"), wire.item(wire.JSON, wire.jsons("1", "2"), parent="array"), wire.typed("é"))
    spans = [(struct.clock, struct.length) for struct in run(parsing(respell(update)[0])).sections[1]]
    assert spans == [(0, 2), (2, 2), (4, 1)]


def test_what_is_damaged_is_refused() -> None:
    with pytest.raises(MalformedUpdate):
        respell(b"\1\1")
