"""The list of settings.

A setting is one field here. It is a flag of ``collab serve`` (``--max-message-bytes``) and an environment variable
(``COLLAB_MAX_MESSAGE_BYTES``); a flag wins over the variable, the variable over the default. The sentence under the
field is its help, its row in the README and its documentation. The groups are classes, so that a room can ask for
``DocumentLimits`` without being handed where the secret is; ``Settings`` is all of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from collab.config.values import (
    KIB,
    MIB,
    Audience,
    Bytes,
    Count,
    DatabaseUrl,
    Directory,
    JwksUrl,
    KeyFile,
    LongSecret,
    Networks,
    Origins,
    PerSecond,
    Port,
    PublicUrl,
    Seconds,
    Secrets,
    Shown,
    listening_url,
)
from collab.errors import ConfigurationError

PREFIX = "COLLAB_"

_OF_COMMANDS = {"COLLAB_SERVER", "COLLAB_TOKEN"}
"""Variables that say where ``collab documents`` goes, and are no settings."""


_SECRET = {"secret", "accepted_secrets"}


def flag_of(name: str) -> str | None:
    """The flag of ``collab serve``; a secret has none: everyone on a machine can read its command lines."""
    return None if name in _SECRET else f"--{name.replace('_', '-')}"


def variable_of(name: str) -> str:
    """The environment variable."""
    return f"{PREFIX}{name.upper()}"


class Group(BaseModel):
    """Settings that belong together; ``title`` heads them in the help and in the README."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True)

    title: ClassVar[str]


class Server(Group):
    """Where the server listens and where it keeps things."""

    title = "Server"

    host: str = "127.0.0.1"
    """The address to listen on; `0.0.0.0` for every IPv4 interface, `::` for every IPv6 one."""
    port: Port = 8080
    """The port to listen on; `0` takes any free one."""
    public_url: PublicUrl | None = None
    """Where browsers reach the server, when that is not where it listens (behind a proxy): `https://docs.example.org`."""
    data_dir: Directory = Field(default="~/.local/share/collab")  # type: ignore[assignment]  # validated like any other
    """The directory of the embedded database and of the secret; made when it is missing, for its owner only."""
    database_url: Annotated[DatabaseUrl, Shown("`collab.db` in the data directory")] = Field(
        default_factory=lambda above: f"sqlite:///{above['data_dir']}/collab.db",  # the fields above this one
        repr=False,  # it may hold a password
    )
    """The database: a file of SQLite, or a PostgreSQL server of your own."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much the server says. No level shows tokens, queries or what documents hold."""
    shutdown_drain: Seconds = 10.0
    """How long a stopping server waits for queued edits to reach the disk and for sockets to close."""


class Access(Group):
    """Who may come in, and for how long."""

    title = "Access"

    secret: LongSecret | None = None
    """What signs tokens, at least 32 bytes. Without it the server makes one and keeps it in the data directory."""
    accepted_secrets: Secrets = ()
    """Secrets whose tokens are believed as well, with commas between them: the old one, while every backend learns the new."""
    token_keys: KeyFile | None = None
    """A file with public keys (PEM) whose tokens are believed: RSA (RS256), P-256 (ES256) and Ed25519 (EdDSA), each with that algorithm only."""
    token_jwks_url: JwksUrl | None = None
    """Where an identity provider publishes such keys (a JWKS, over https). They are kept for ten minutes, and for a day where it cannot be reached."""
    token_issuer: str | None = None
    """Who must have issued a token (`iss`), whatever it is signed with. None: whoever has the secret or one of these keys."""
    token_audience: Audience | None = None
    """Whom a token must be meant for (`aud`), whatever it is signed with. None: `collab`, which one that is signed with the secret may leave out."""
    token_leeway: Seconds = 10.0
    """By how much the clocks of this server and of whoever made a token may differ: a token is good for so much longer."""
    allowed_origins: Origins = ()
    """Origins whose pages may connect besides the server's own, with commas between them. When set, a page from elsewhere is refused even with a good token."""
    access_log_retention: Seconds = 90 * 86400.0
    """How long it is remembered who was in a document, and what was shared by whom."""
    public_metrics: bool = False
    """Whether `/metrics` is for everybody; otherwise it takes a token that is owner of every document."""
    session_lifetime: Seconds = 30 * 86400.0
    """How long the cookie of a signed-in browser is good."""
    socket_token_lifetime: Seconds = 600.0
    """How long a token is good that a signed-in page asks for its sockets; the page asks again before it ends."""


class Protection(Group):
    """What one address, and one person, may ask for."""

    title = "Protection"

    trusted_forwarders: Networks = ()
    """Proxies whose `X-Forwarded-For` is believed, as addresses or networks with commas between them: `10.0.0.0/8`. Without it whoever connects counts."""
    connection_rate: PerSecond = 50.0
    """WebSockets that one address, and one subject, may open, lasting; twenty seconds' worth at once. This machine itself is not limited."""
    max_connections_per_address: Count = 1000
    """WebSockets that one address may have open; an office, or a /64 of IPv6, is one address."""
    max_connections_per_subject: Count = 200
    """WebSockets that one subject may have open, from all addresses: one for each window, or each document on y-websocket."""
    message_rate_per_address: PerSecond = 10_000.0
    """Messages that one address may send over all its WebSockets, lasting; twenty seconds' worth at once. More is read more slowly, and not lost."""
    message_rate_per_subject: PerSecond = 2_000.0
    """Messages that one subject may send over all its WebSockets, in the same way."""
    request_rate: PerSecond = 50.0
    """REST requests that one address, and one subject, may send, lasting; twenty seconds' worth at once."""
    auth_failure_rate: PerSecond = 5.0
    """Tokens that are not good which one address may bring, lasting; twenty seconds' worth at once. Then whoever brings another is told to come back later; good ones are let in as ever."""


class ConnectionLimits(Group):
    """What one connection may cost."""

    title = "Limits of a connection"

    max_connections: Count = 10_000
    """Sockets open at the same time, over all documents."""
    max_documents_per_connection: Count = 100
    """Documents that one socket may carry."""
    max_message_bytes: Bytes = 16 * MIB
    """The largest message a client may send, after decompression."""
    message_rate: PerSecond = 1000.0
    """Messages one connection may send, lasting. Pings, pongs and the pieces of a message count, 64 at a time."""
    message_burst: Count = 10_000
    """Messages one connection may send at once, before the rate counts."""
    handshake_deadline: Seconds = 10.0
    """How long a connection may take to authenticate, and be without a document later; traffic does not extend it."""
    handshake_bytes: Bytes = 1 * MIB
    """What is held for a connection until it has authenticated, and how long a message may be."""
    handshake_messages: Count = 500
    """How many messages are held for a connection until it has authenticated."""
    max_held_bytes: Bytes = 4 * MIB
    """Parts of edits held for a connection that do not follow on yet from what the server knows."""
    held_deadline: Seconds = 30.0
    """How long such a part may wait for what it follows on from, once it was asked for."""
    outbox_bytes: Bytes = 8 * MIB
    """What may wait to be sent to a client that reads slowly."""
    outbox_deadline: Seconds = 20.0
    """How long a client may take to read anything at all of what waits for it."""
    max_awareness_bytes: Bytes = 64 * KIB
    """The presence (name, cursor) of one editor."""
    max_awareness_clients: Count = 100
    """Presences that one connection may bring to a document."""
    awareness_timeout: Seconds = 30.0
    """How long a presence lasts that is not renewed."""
    hide_viewers: bool = False
    """Whether the presence of those who may only read is kept from everybody."""


class DocumentLimits(Group):
    """What one document, and one edit to it, may cost."""

    title = "Limits of a document"

    max_document_bytes: Bytes = 64 * MIB
    """The stored size from which on a document can be read and shortened, but not grown."""
    max_update_bytes: Bytes = 8 * MIB
    """What one update may bring that is new."""
    max_update_structs: Count = 350_000
    """Structs that one update may bring that are new."""
    max_update_deletions: Count = 250_000
    """Ranges of deletions that one update may bring that are new."""
    idle_room_seconds: Seconds = 60.0
    """How long a document that nobody has open stays in memory."""


class HistoryLimits(Group):
    """How much of the past is kept, and who may see it."""

    title = "History"

    history_role: Literal["viewer", "commenter", "editor", "owner"] = "editor"
    """From which role on people see what was in a document before, and who did what when."""
    history_window: Seconds = 10.0
    """Edits of so much time become one step of the history, for each who made some, once they are folded."""
    keep_steps: Seconds = 90 * 86400.0
    """How long the steps of a sitting are kept apart before they become one. Named versions and restores stay as they are."""
    keep_sittings: Seconds = 730 * 86400.0
    """How long the sittings of a day are kept apart before they become one."""
    automatic_versions: bool = True
    """Whether a version is made by itself when a sitting has ended, which is after five minutes without an edit."""


class Durability(Group):
    """How edits reach the disk."""

    title = "Durability"

    commit_gather: Seconds = 0.018
    """How long an edit waits for its acknowledgement, about, where many write: for the next transaction, and for its end."""
    commit_give_up: Seconds = 30.0
    """How long a failing commit is tried again before its document's connections are closed."""
    log_queue_bytes: Bytes = 16 * MIB
    """Edits of one document that may wait for the disk."""
    log_total_bytes: Bytes = 256 * MIB
    """Edits of all documents together that may wait for the disk; what REST requests under way bring and fetch may take as much again, and their JSON a quarter of it."""


class ContentLimits(Group):
    """What writing a document out as JSON, text, Markdown or HTML may cost."""

    title = "Content"

    content_workers: Count = 2
    """Processes that write documents out as JSON, text, Markdown and HTML; started when the first document is asked for."""
    content_queue: Count = 100
    """Documents that may wait for such a process."""
    content_deadline: Seconds = 10.0
    """How long one document may take, in time and in time of a processor."""
    content_memory: Bytes = 1024 * MIB
    """What one process may take of the address space."""
    content_max_bytes: Bytes = 32 * MIB
    """What one document may come to, written out."""


GROUPS: tuple[type[Group], ...] = (
    Server,
    Access,
    Protection,
    ConnectionLimits,
    DocumentLimits,
    HistoryLimits,
    Durability,
    ContentLimits,
)


class Settings(
    BaseSettings, ContentLimits, Durability, HistoryLimits, DocumentLimits, ConnectionLimits, Protection, Access, Server
):
    """All settings: from the arguments given, then the environment, then the defaults."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    @classmethod
    def load(cls, **given: object) -> Self:
        """The settings, or a ConfigurationError that names each wrong one and never repeats its value."""
        try:
            return cls(**given)  # type: ignore[arg-type]  # checking them is what pydantic is about to do
        except ValidationError as error:
            problems = [
                f"{_spelled(problem['loc'])}{problem['msg'].removeprefix('Value error, ')}"
                for problem in error.errors(include_input=False, include_context=False, include_url=False)
                if problem["type"] != "default_factory_not_called"  # only follows from another problem
            ]
        raise ConfigurationError("; ".join(problems))  # outside, so that no cause shows the values

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.max_update_bytes > self.log_queue_bytes:
            raise ValueError("max_update_bytes is above log_queue_bytes: such an update could never be queued")
        if self.log_queue_bytes > self.log_total_bytes:
            raise ValueError("log_queue_bytes is above log_total_bytes: a document could never fill its queue")
        if self.commit_gather >= self.commit_give_up:
            raise ValueError("commit_gather is not below commit_give_up: no commit would be tried twice")
        return self

    @property
    def url(self) -> str:
        """Where browsers reach the server as far as the settings tell, without a slash at the end."""
        return self.public_url or listening_url(self.host, self.port)

    def make_data_dir(self) -> None:
        """Make the data directory, for its owner only, unless it is there. Raises ConfigurationError."""
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"the data directory {self.data_dir} cannot be made: {error.strerror}") from error


def unknown_variables(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Variables with our prefix that are no setting: likely misspelt, and then a limit is not what someone thinks."""
    known = {variable_of(name) for name in Settings.model_fields} | _OF_COMMANDS
    return sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)


def _spelled(location: tuple[int | str, ...]) -> str:
    if not location:
        return ""
    name = str(location[0])
    return f"{name} ({' or '.join(filter(None, (flag_of(name), variable_of(name))))}): "
