"""What waits for a document to be entered is bounded, over all documents of a socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from collab.config import Settings
from collab.errors import LimitExceeded
from collab.transports.waiting import Waiting


def test_so_many_and_so_much_and_room_again_when_some_is_let_go(tmp_path: Path) -> None:
    waiting = Waiting(Settings.load(data_dir=tmp_path, handshake_messages=3, handshake_bytes=2000))
    waiting.hold(1500)
    for size, setting in ((501, "handshake_bytes"), (500, None), (0, None), (0, "handshake_messages")):
        assert waiting.can_hold(size) is (setting is None)
        if setting is None:
            waiting.hold(size)
        else:
            with pytest.raises(LimitExceeded) as refused:
                waiting.hold(size)
            assert refused.value.setting == setting
    waiting.release(1500)
    assert waiting.can_hold(1500)
    assert not waiting.can_hold(501, share=0.5)
    waiting.release(500)
    assert waiting.can_hold(1000, share=0.5)
