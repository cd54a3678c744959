"""The past of a document: its moments, its versions, and who did what when.

moments (how they are spelt) → past (a document with all that was done to it) → authors, sittings (what that says)
history: the past of any document, read from the store; versions: moments that have names
"""

from __future__ import annotations

from collab.history.authors import Authored, attributing
from collab.history.history import History, View
from collab.history.moments import ByNumber, ByTime, ByVersion, Moment, Now, Spelling, read_moment
from collab.history.past import Act, Index, Past
from collab.history.sittings import Restored, Share, Sitting, shares, sharing, sitting

__all__ = [
    "Act",
    "Authored",
    "ByNumber",
    "ByTime",
    "ByVersion",
    "History",
    "Index",
    "Moment",
    "Now",
    "Past",
    "Restored",
    "Share",
    "Sitting",
    "Spelling",
    "View",
    "attributing",
    "read_moment",
    "shares",
    "sharing",
    "sitting",
]
