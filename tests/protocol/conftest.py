"""The frames of the published clients."""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode

import pytest

from tests import parts

NAME, TOKEN, TEXT = "Plan für 2026/ä", "eyJ.tok.en", "Hé😀"


@pytest.fixture(scope="session")
def published() -> dict[str, bytes]:
    """Frames by name: see ``tests/node/protocol_frames.mjs``."""
    script = parts.ROOT / "tests" / "node" / "protocol_frames.mjs"
    command = [str(parts.node()), str(script), json.dumps([NAME, TOKEN, TEXT])]
    made = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    return {label: b64decode(frame) for label, frame in json.loads(made).items()}
