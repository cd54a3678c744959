"""What a role may do: four roles in order, six actions, one table."""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import Self


class Role(IntEnum):
    """What someone is to a document; a greater role may do all that a smaller one may."""

    VIEWER = 1
    COMMENTER = 2
    EDITOR = 3
    OWNER = 4

    @classmethod
    def parse(cls, name: str) -> Self:
        """The role that tokens spell ``name``; raises ValueError for any other word, case included."""
        for role in cls:
            if role.label == name:
                return role
        raise ValueError(f"a role is one of {', '.join(role.label for role in cls)}")

    @property
    def label(self) -> str:
        """The word for it in tokens and replies."""
        return self.name.lower()


class Action(IntEnum):
    """What someone may want to do with a document."""

    READ = 1
    """Open it, read it, see who is there and be seen."""
    COMMENT = 2
    """Add to its discussion."""
    WRITE = 3
    """Change it."""
    CREATE = 4
    """Bring it into being by opening its name."""
    MANAGE = 5
    """Share, delete and restore it."""
    LOOK_BACK = 6
    """See what was in it before, and who did what when."""


_NEEDED = MappingProxyType(
    {
        Action.READ: Role.VIEWER,
        Action.COMMENT: Role.COMMENTER,
        Action.WRITE: Role.EDITOR,
        Action.CREATE: Role.EDITOR,
        Action.MANAGE: Role.OWNER,
        Action.LOOK_BACK: Role.EDITOR,
    }
)


def least_for(action: Action) -> Role:
    """The least role that is enough for ``action``."""
    return _NEEDED[action]


def may(role: Role | None, action: Action, *, history_role: Role | None = None) -> bool:
    """Whether ``role`` (None: no role at all) is enough for ``action``.

    ``history_role``: from which role on one may look back, where the server's setting says another than the table.
    """
    needed = _NEEDED[action] if action is not Action.LOOK_BACK or history_role is None else history_role
    return role is not None and role >= needed
