"""Who wrote an item, and who deleted it."""

from __future__ import annotations

from collab.content.attribution import UNKNOWN, Attribution, Deed, Share
from collab.content.items import Item
from collab.crdt import parsing, run
from tests.crdt import wire


def item(client: int, clock: int) -> Item:
    (struct,) = run(parsing(wire.insertion(client, 0, wire.typed("abcdefgh")))).sections[client]
    return Item(struct, clock, 1)


def test_finds_the_share_that_an_item_is_in() -> None:
    attribution = Attribution([Share(1, 4, 6, "bob", 2000), Share(1, 0, 4, "ada", 1000)], [Share(1, 1, 2, None, 3000)])
    assert [attribution.author(item(1, clock)).subject for clock in (0, 3, 4, 5)] == ["ada", "ada", "bob", "bob"]
    assert attribution.author(item(1, 6)) is UNKNOWN
    assert attribution.author(item(2, 0)) is UNKNOWN
    assert attribution.remover(item(1, 0)) is UNKNOWN
    assert attribution.remover(item(1, 1)) == Deed(None, 3000)
    assert sorted(attribution.spans()) == [(1, 0, 4), (1, 1, 2), (1, 4, 6)]


def test_a_time_is_spelt_whatever_it_is() -> None:
    assert Deed("ada", 1234).moment == "1970-01-01T00:00:01.234Z"
    assert Deed("ada", 2**62).moment == "9999-12-31T23:59:59.999Z"
    assert Deed("ada", -5).moment == "1970-01-01T00:00:00.000Z"
    assert UNKNOWN.moment is None
