"""Roles in order, and the one table of what they may do."""

from __future__ import annotations

import pytest

from collab.auth import Action, Role, may

ALLOWED = {
    None: set(),
    Role.VIEWER: {Action.READ},
    Role.COMMENTER: {Action.READ, Action.COMMENT},
    Role.EDITOR: {Action.READ, Action.COMMENT, Action.WRITE, Action.CREATE, Action.LOOK_BACK},
    Role.OWNER: set(Action),
}


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("action", Action)
def test_who_may_do_what(role: Role | None, action: Action) -> None:
    assert may(role, action) == (action in ALLOWED[role])


def test_a_setting_says_who_may_look_back() -> None:
    for needed in Role:
        for role in Role:
            assert may(role, Action.LOOK_BACK, history_role=needed) == (role >= needed)
            assert may(role, Action.WRITE, history_role=needed) == (role >= Role.EDITOR)
    assert not may(None, Action.LOOK_BACK, history_role=Role.VIEWER)


def test_roles_are_in_order() -> None:
    assert Role.VIEWER < Role.COMMENTER < Role.EDITOR < Role.OWNER


def test_roles_are_spelled_one_way() -> None:
    assert [role.label for role in Role] == ["viewer", "commenter", "editor", "owner"]
    assert [Role.parse(role.label) for role in Role] == list(Role)


@pytest.mark.parametrize("word", ["", "Editor", "EDITOR", "admin", "editor ", "3", "editors"])
def test_what_is_no_role(word: str) -> None:
    with pytest.raises(ValueError, match="viewer, commenter, editor, owner"):
        Role.parse(word)
