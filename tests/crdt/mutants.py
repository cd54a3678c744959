"""Updates that no editor made: real ones with damaged bytes, and sentences of the format that mean nothing good."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from tests.crdt import wire

NUMBERS = [0, 1, 2, 63, 64, 127, 128, 2**14, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53 - 1, 2**53, 2**63, 2**64, 2**70]
"""Where readers of integers break."""

WORDS = ["", "a", "é", "😀", "text", "map", "document", "\ufeff", "\0", "ab" * 40]
BAD_TEXTS = [
    b"\xff",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xf5\x80\x80\x80",
    b"\xe2\x82",
    "😀".encode()[:2],
    b"\xef\xbb\xbfx",
]
JSONS = [
    "null", "true", "1", "-0", "1e999", "{}", "[]", '"\\ud800"', '{"a":{"b":[1,2,{"c":null}]}}', '{"__proto__":{"x":1}}',
    "9" * 400, "\t[ 1 ]\r\n", "[" * 64 + "]" * 64,
]  # fmt: skip
BAD_JSONS = [
    "NaN", "Infinity", "-Infinity", "undefined", "", " ", "{", "[1,]", "01", "'a'", "[" * 65 + "]" * 65, "\ufeff1", "1\u00a0",
    '"\x01"', "true false", '"a', "\x0b1", "1_0", "٣",
]  # fmt: skip
ROOTS = ["text", "map", "array", "document", "elsewhere", ""]


class Mutants:
    """An endless supply of mutants for one document. Everything random comes from ``random``."""

    def __init__(self, random: Random, seeds: Sequence[bytes], known: Mapping[int, int]) -> None:
        self.random = random
        self.seeds = seeds
        self.known = known
        self.clients = list(known)

    def make(self) -> bytes:
        """One mutant: in equal parts damaged bytes and sentences of the format."""
        if self.random.random() < 0.5:
            return self.sentence()
        data = bytearray(self.random.choice(self.seeds))
        for _ in range(self.random.choice((1, 1, 1, 2, 4))):
            self.random.choice(self.DAMAGES)(self, data)
        return bytes(data)

    # ---- damaged bytes

    def _flip(self, data: bytearray) -> None:
        if data:
            data[self._place(data)] ^= 1 << self.random.randrange(8)

    def _overwrite(self, data: bytearray) -> None:
        if data:
            data[self._place(data)] = self.random.choice((0, 1, 2, 0x7F, 0x80, 0xFF, self.random.randrange(256)))

    def _remove(self, data: bytearray) -> None:
        place = self._place(data)
        del data[place : place + self.random.choice((1, 1, 2, 8))]

    def _repeat(self, data: bytearray) -> None:
        place = self._place(data)
        data[place:place] = data[place : place + self.random.choice((1, 2, 8, 40))]

    def _number(self, data: bytearray) -> None:
        place = self._place(data)
        data[place : place + self.random.choice((0, 1, 1))] = wire.uint(self.random.choice(NUMBERS))

    def _overlong(self, data: bytearray) -> None:
        if data:
            place = self._place(data)
            data[place : place + 1] = bytes([data[place] | 0x80]) + b"\x80" * self.random.choice((0, 1, 5, 9)) + b"\0"

    def _truncate(self, data: bytearray) -> None:
        del data[self._place(data) :]

    def _append(self, data: bytearray) -> None:
        data += self.random.choice((b"\0", b"\1", b"\0\0", bytes(data)))

    def _splice(self, data: bytearray) -> None:
        other = self.random.choice(self.seeds)
        data[self._place(data) :] = other[self._place(other) :]

    def _garble_text(self, data: bytearray) -> None:
        place = self._place(data)
        bad = self.random.choice(BAD_TEXTS)
        data[place : place + len(bad)] = bad

    DAMAGES: Sequence[Callable[[Mutants, bytearray], None]] = (
        _flip, _flip, _overwrite, _overwrite, _remove, _repeat, _number, _number, _overlong, _truncate, _append, _splice,
        _garble_text,
    )  # fmt: skip

    def _place(self, data: bytes | bytearray) -> int:
        return self.random.randrange(len(data)) if data else 0

    # ---- sentences

    def sentence(self) -> bytes:
        """An update by the grammar. Most of its parts are good; what they mean together is left to chance."""
        clients = [self._client() for _ in range(self.random.choice((0, 1, 1, 1, 2, 3)))]
        return wire.update(*map(self._section, dict.fromkeys(clients)), deletes=self._deletes())

    def _seldom(self) -> bool:
        """Whether to be wrong here."""
        return self.random.random() < 0.03

    def _client(self) -> int:
        if self.clients and self.random.random() < 0.7:
            return self.random.choice(self.clients)
        return 2**53 if self._seldom() else self.random.choice((7, 8, 2**32 - 1, 2**53 - 1))

    def _section(self, client: int) -> bytes:
        first = clock = self.known.get(client, 0)
        if self._seldom():
            first = clock = max(0, clock + self.random.choice((-3, -1, 1, 2, 2**31 - clock - 2)))
        structs = []
        for _ in range(self.random.choice((1, 1, 2, 3, 5))):
            structs.append(self._struct(client, clock))
            clock += 1
        return wire.section(client, first, *structs)

    def _struct(self, client: int, clock: int) -> bytes:
        random = self.random
        if random.random() < 0.06:
            length = random.choice((0, 2**31)) if self._seldom() else random.choice((1, 1, 2, 5))
            return wire.run_of(random.choice((wire.GC, wire.GC, wire.SKIP)), length)
        kind = random.randrange(32) if self._seldom() else random.randrange(1, 10)
        return wire.item(
            kind,
            self._content(kind),
            origin=self._id(client, clock) if random.random() < 0.5 else None,
            right=self._id(client, clock) if random.random() < 0.4 else None,
            parent=random.choice(ROOTS) if random.random() < 0.6 else self._id(client, clock) or "text",
            key=random.choice(WORDS) if random.random() < 0.3 else None,
        )

    def _id(self, client: int, clock: int) -> wire.Id | None:
        """An id that exists, or was just made; seldom one that does not. None where there is none."""
        if clock and self.random.random() < 0.3:
            return client, clock - 1
        other = self._client()
        end = clock if other == client else self.known.get(other, 0)
        if self._seldom():
            return other, self.random.choice((end, end + 1, 2**31))
        return (other, self.random.randrange(end)) if end else None

    def _content(self, kind: int) -> bytes:
        random = self.random
        some = 0 if self._seldom() else random.choice((1, 1, 2, 3))
        match kind:
            case wire.DELETED:
                return wire.uint(some)
            case wire.JSON:
                return wire.jsons(*(random.choice(("undefined", self._json())) for _ in range(some)))
            case wire.STRING:
                return wire.string(self._text() if some else "")
            case wire.EMBED:
                return wire.string(self._json())
            case wire.FORMAT:
                return wire.string(random.choice(("bold", "italic", "", "__proto__"))) + wire.string(self._json())
            case wire.TYPE:
                type_ = random.choice((7, 127)) if self._seldom() else random.randrange(7)
                return wire.uint(type_) + (
                    wire.string(self._text()) if type_ in (wire.XML_ELEMENT, wire.XML_HOOK) else b""
                )
            case wire.ANY:
                return wire.anys(*(self._any() for _ in range(some)))
            case wire.DOC:
                name = random.choice(
                    ("autoLoad", "shouldLoad", "gc", "meta", "guid", "gcFilter", "collectionid", "__proto__")
                )
                options = self._any() if self._seldom() else wire.any_object((name, self._any()))
                return wire.string(self._text()) + random.choice((wire.any_object(), options))
            case _:  # a binary, or no kind at all
                return wire.string(random.randbytes(some))

    def _json(self) -> str:
        return self.random.choice(BAD_JSONS if self._seldom() else JSONS)

    def _text(self) -> str | bytes:
        return self.random.choice(BAD_TEXTS) if self._seldom() else self.random.choice(WORDS[1:])

    def _any(self, depth: int = 0) -> bytes:
        random = self.random
        match random.randrange(8 if depth < 4 else 6):
            case 0:
                return random.choice((wire.ANY_NULL, wire.ANY_UNDEFINED, wire.ANY_TRUE))
            case 1:
                return random.choice([wire.any_float(value) for value in (0.5, float("nan"), float("inf"), -0.0)])
            case 2:
                return wire.any_integer(random.choice(NUMBERS) if self._seldom() else random.randrange(2**20))
            case 3:
                return random.choice((wire.any_bytes(b"\x00\xff"), wire.any_bigint(-1)))
            case 4:
                return wire.any_string(self._text())
            case 5:
                if self._seldom():
                    return bytes([random.randrange(256)])
                return wire.any_deep(random.choice((63, 64, 65, 66)) if self._seldom() else 3)
            case 6:
                return wire.any_array(*(self._any(depth + 1) for _ in range(random.randrange(3))))
            case _:
                return wire.any_object(
                    *((random.choice(WORDS), self._any(depth + 1)) for _ in range(random.randrange(3)))
                )

    def _deletes(self) -> bytes:
        if self.random.random() < 0.5:
            return wire.NO_DELETES
        clients = dict.fromkeys(self._client() for _ in range(self.random.choice((1, 1, 2))))
        return wire.deletes(
            *((client, [self._range(client) for _ in range(self.random.choice((1, 1, 2, 5)))]) for client in clients)
        )

    def _range(self, client: int) -> tuple[int, int]:
        end = self.known.get(client, 0)
        if self._seldom() or not end:
            return self.random.choice([(0, 0), (end, 1), (2**31 - 1, 1), (0, 2**31), (2**53, 1)])
        start = self.random.randrange(end)
        return start, min(self.random.choice((1, 1, 2, 5)), end - start)
