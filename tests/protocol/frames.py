"""Frames made by hand, with an encoder of the tests' own, so that no mistake of ours can hide behind itself."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from collab.protocol.messages import (
    Authenticate,
    Authenticated,
    Awareness,
    Close,
    Denied,
    Message,
    Ping,
    Pong,
    QueryAwareness,
    Stateless,
    Step1,
    Step2,
    SyncStatus,
    TokenWanted,
    Update,
)


def vu(value: int) -> bytes:
    """lib0's unsigned integer: seven bits a byte, least significant first."""
    out = []
    while value > 127:
        out.append(0x80 | value % 128)
        value //= 128
    return bytes([*out, value])


def vb(data: bytes | str) -> bytes:
    """A length, and the bytes or the text's UTF-8."""
    data = data.encode() if isinstance(data, str) else data
    return vu(len(data)) + data


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
payloads = st.binary(max_size=300)
addresses = st.binary(min_size=1, max_size=300)

CLIENT_MESSAGES: dict[type[Message], st.SearchStrategy[Message]] = {
    Step1: st.builds(Step1, payloads, st.booleans()),
    Step2: st.builds(Step2, payloads),
    Update: st.builds(Update, payloads),
    Awareness: st.builds(Awareness, payloads),
    QueryAwareness: st.just(QueryAwareness()),
    Authenticate: st.builds(Authenticate, texts, st.none() | texts),
    Stateless: st.builds(lambda text: Stateless(text.encode()), texts),
    Close: st.just(Close()),
}
"""What a client may say, in either dialect."""

SERVER_MESSAGES: dict[type[Message], st.SearchStrategy[Message]] = {
    Step1: st.builds(Step1, payloads, st.just(True)),
    Step2: st.builds(Step2, payloads),
    Update: st.builds(Update, payloads),
    Awareness: st.builds(Awareness, payloads),
    QueryAwareness: st.just(QueryAwareness()),
    TokenWanted: st.just(TokenWanted()),
    Authenticated: st.builds(Authenticated, st.booleans()),
    Denied: st.builds(Denied, texts),
    Stateless: st.builds(lambda text: Stateless(text.encode()), texts),
    Close: st.builds(Close, texts),
    SyncStatus: st.builds(SyncStatus, st.booleans()),
    Ping: st.just(Ping()),
    Pong: st.just(Pong()),
}
"""What the server says."""


def spelled(message: Message) -> bytes:
    """What follows the address in a Hocuspocus frame: PROTOCOLS, and the provider's own source, once more."""
    spellings: dict[type[Message], Callable[..., bytes]] = {
        Step1: lambda vector, wanted=True: (b"\0" if wanted else b"\4") + b"\0" + vb(vector),
        Step2: lambda update: b"\0\1" + vb(update),
        Update: lambda update: b"\0\2" + vb(update),
        Awareness: lambda payload: b"\1" + vb(payload),
        QueryAwareness: lambda: b"\3",
        Authenticate: lambda token, version=None: b"\2\0" + vb(token) + (b"" if version is None else vb(version)),
        TokenWanted: lambda: b"\2\0",
        Denied: lambda reason: b"\2\1" + vb(reason),
        Authenticated: lambda read_only: b"\2\2" + vb("readonly" if read_only else "read-write"),
        Stateless: lambda payload: b"\5" + vb(payload),
        Close: lambda reason="": b"\7" + vb(reason),
        SyncStatus: lambda saved: b"\x08" + vu(int(saved)),
    }
    return spellings[type(message)](*message)
