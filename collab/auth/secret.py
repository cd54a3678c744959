"""The secret that signs everything: configured, or made once and kept in the data directory."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from collab.config import MIN_SECRET_BYTES, Settings
from collab.errors import ConfigurationError

FILE = "secret"


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret; ``made`` says that this very call made it, which is how a first start is known."""

    value: str = field(repr=False)
    made: bool = False


def load_secret(settings: Settings, *, make: bool = True) -> Secret:
    """The configured secret, or the kept one, or with ``make`` a new one that is then kept (mode 600).

    Two processes that start at once end with the same secret. Raises ConfigurationError when there is none, or when
    the file cannot be read or written, is too short to be a key, or can be read by others.
    """
    if settings.secret is not None:
        return Secret(settings.secret.get_secret_value())
    path = settings.data_dir / FILE
    try:
        if path.exists():
            return Secret(_read(path))
        if not make:
            raise ConfigurationError(f"there is no secret in {settings.data_dir}: is it the server's data directory?")
        settings.make_data_dir()
        made = _make(path)
        return Secret(_read(path), made)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the secret in {path} cannot be read or kept: {error}") from error


def _make(path: Path) -> bool:
    """Whether it was this process that made the file: it appears whole, and only one of several makers wins."""
    draft = path.with_name(f".{FILE}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _read(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
            raise ConfigurationError(f"{path} can be read by others: chmod 600 it, or make a new secret")
        value = file.read().strip()
    if len(value.encode()) < MIN_SECRET_BYTES:
        raise ConfigurationError(f"the secret in {path} has fewer than {MIN_SECRET_BYTES} bytes")
    return value
