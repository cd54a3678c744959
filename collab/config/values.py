"""The values that settings hold: how people write them, and what they count.

Sizes are written ``65536``, ``64 KiB`` or ``16MiB``; durations ``90``, ``30s``, ``15m``, ``8h`` or ``7d``. Every
function here raises ValueError, with a sentence that says how to write it, and never repeats what was written: it may
be a secret in the wrong place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

MIN_SECRET_BYTES = 32
"""HS256 is as strong as its key only from 256 bits on (RFC 7518 §3.2)."""

KIB = 1024
MIB = 1024 * KIB

_SIZE = re.compile(r"(\d{1,15})\s*(B|KiB|MiB|GiB)?", re.ASCII)
_SIZES = {"B": 1, "KiB": KIB, "MiB": MIB, "GiB": 1024 * MIB}
_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)\s*(ms|s|m|h|d)?", re.ASCII)
_DURATIONS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_DATABASE = re.compile(r"(sqlite|postgresql)(\+\w+)?://", re.ASCII)


def parse_size(text: str) -> int:
    """``"16 MiB"`` → 16777216 bytes."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError("write a number of bytes, or one with B, KiB, MiB or GiB")
    return int(match[1]) * _SIZES[match[2] or "B"]


def parse_duration(text: str) -> float:
    """``"15m"`` → 900.0 seconds."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError("write a number of seconds, or one with ms, s, m, h or d")
    return float(match[1]) * _DURATIONS[match[2] or "s"]


def parse_origin(text: str) -> str:
    """The one spelling of an origin, ``scheme://host[:port]``: lower case, a default port left out (RFC 6454 §6).

    A path, a user name, ``null`` and ``*`` are none.
    """
    match = _ORIGIN.fullmatch(text.lower())
    if match is None:
        raise ValueError("an origin is scheme://host or scheme://host:port, in ASCII, without a path")
    scheme, host, port = match.groups()
    if port is None or int(port) == _DEFAULT_PORTS.get(scheme):
        return f"{scheme}://{host}"
    if not 0 < int(port) < 65536:
        raise ValueError("a port is a number from 1 to 65535")
    return f"{scheme}://{host}:{int(port)}"


def listening_url(host: str, port: int) -> str:
    """The URL to type for a server that listens on ``host``: a wildcard address becomes this machine's own."""
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is left behind
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number counts: carried by a field's type, shown in the manual."""

    name: str


@dataclass(frozen=True, slots=True)
class Shown:
    """How the manual shows a default that is made from other settings."""

    default: str


def _sized(value: object) -> object:
    return parse_size(value) if isinstance(value, str) else value


def _timed(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _public_url(text: str) -> str:
    origin = parse_origin(text.removesuffix("/"))
    if not origin.startswith(("http://", "https://")):
        raise ValueError("a public URL begins with http:// or https://")
    return origin


def _origins(value: object) -> object:
    parts = re.split(r"[,\s]+", value.strip()) if isinstance(value, str) else value
    if isinstance(parts, list | tuple):
        return tuple(parse_origin(part) for part in parts if part)
    raise ValueError("write origins with commas between them")


def _networks(value: object) -> object:
    parts = re.split(r"[,\s]+", value.strip()) if isinstance(value, str) else value
    if isinstance(parts, list | tuple):
        try:
            return tuple(ip_network(part) for part in parts if part)
        except ValueError:
            pass
    raise ValueError("write addresses or networks (10.0.0.0/8) with commas between them")


def _secrets(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _jwks_url(text: str) -> str:
    if not re.match(r"https://[^/@?#\s]+/?[^@#\s]*$|http://(127\.0\.0\.1|localhost|\[::1\])[:/]", text, re.ASCII):
        raise ValueError("a JWKS URL begins with https://, and names no user")
    return text


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value().encode()) < MIN_SECRET_BYTES:
        raise ValueError(f"a secret has at least {MIN_SECRET_BYTES} bytes")
    return secret


def _known_database(url: str) -> str:
    if url.startswith("postgres://"):  # as some hosts still spell it
        url = url.replace("postgres", "postgresql", 1)
    if _DATABASE.match(url) is None:
        raise ValueError("a database URL begins with sqlite:// or postgresql://")
    return url


def _audience(text: str) -> str:
    if text.startswith("collab/"):
        raise ValueError("what begins with collab/ is the audience of this server's own sessions and links")
    return text


Bytes = Annotated[int, BeforeValidator(_sized), Field(gt=0), Unit("bytes")]
Seconds = Annotated[float, BeforeValidator(_timed), Field(gt=0, allow_inf_nan=False), Unit("seconds")]
PerSecond = Annotated[float, Field(gt=0, allow_inf_nan=False), Unit("per second")]
Count = Annotated[int, Field(gt=0), Unit("count")]
Port = Annotated[int, Field(ge=0, le=65535)]
Directory = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]
DatabaseUrl = Annotated[str, AfterValidator(_known_database)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)]
LongSecret = Annotated[SecretStr, AfterValidator(_long_enough)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)]
Secrets = Annotated[tuple[LongSecret, ...], NoDecode, BeforeValidator(_secrets)]
JwksUrl = Annotated[str, AfterValidator(_jwks_url)]
Audience = Annotated[str, AfterValidator(_audience)]
KeyFile = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]
