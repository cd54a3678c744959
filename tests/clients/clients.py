"""The published clients that are run, as an application would use each, and what they cannot do by their own design."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.editors import Editor, Editors
from tests.parts import ROOT
from tests.servers import Server

PACKAGES = ROOT / "tests" / "node" / "node_modules"


@dataclass(frozen=True)
class Client:
    """One major version of one client. ``package`` is its name in ``tests/node/package.json``."""

    kind: Literal["hocuspocus", "y-websocket"]
    major: int
    package: str
    lacks: Mapping[str, str] = field(default_factory=dict)
    """What no server can make it do, by behaviour, and why."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """How it does what another does differently, by behaviour."""

    @property
    def name(self) -> str:
        """What npm calls it, and its major version: ``y-websocket 3``."""
        return f"{'@hocuspocus/provider' if self.kind == 'hocuspocus' else 'y-websocket'} {self.major}"

    @property
    def version(self) -> str:
        """The version that is installed: ``3.1.0``."""
        version: str = json.loads((PACKAGES / self.package / "package.json").read_text(encoding="utf-8"))["version"]
        return version

    async def open(
        self, editors: Editors, name: str, server: Server, document: str, *, token: str | None = None, socket: str = ""
    ) -> Editor:
        """An editor on this client. Editors that name the same ``socket`` share one, where the client can."""
        if self.kind == "y-websocket":
            return await editors.ywebsocket(name, server, document, token=token, package=self.package)
        return await editors.hocuspocus(
            name, server, document, token=token, socket=socket or None, package=self.package
        )


_NO_SAVED = "It has no word for *saved*: an edit is on disk when the server has sent it back, which it does not show."
_NO_TOKEN = "A connection keeps the token of its URL; a new one counts from the next connection on."
_ONE_EACH = "A connection carries one document; open one provider for each."
_COMES_BACK = (
    "It comes back after every close, whatever the reason, so the server lets it wait: told at once, closed 5 s later."
)
_IN_THE_CONSOLE = "The reason is in the close event (`connection-close`) and in the console."
_Y_WEBSOCKET = {"saved": _NO_SAVED, "refresh in band": _NO_TOKEN, "one socket": _ONE_EACH}

CLIENTS = (
    Client(
        "hocuspocus",
        2,
        "hocuspocus-2",
        remarks={"refresh in band": "With `provider.connect()`, which attaches the document once more."},
    ),
    Client("hocuspocus", 3, "hocuspocus-3"),
    Client("hocuspocus", 4, "@hocuspocus/provider"),
    Client(
        "y-websocket",
        1,
        "y-websocket-1",
        lacks=_Y_WEBSOCKET,
        remarks={
            "denial": f"{_IN_THE_CONSOLE} {_COMES_BACK}",
            "refresh": "The token is a part of `provider.url`, which the page sets before it comes back.",
        },
    ),
    Client(
        "y-websocket",
        2,
        "y-websocket-2",
        lacks=_Y_WEBSOCKET,
        remarks={"denial": f"{_IN_THE_CONSOLE} {_COMES_BACK}"},
    ),
    Client("y-websocket", 3, "y-websocket", lacks=_Y_WEBSOCKET, remarks={"denial": _IN_THE_CONSOLE}),
)
