"""The flags of settings, as the help shows them."""

from __future__ import annotations

import re

import click
import pytest
from click.testing import CliRunner

from collab.cli.options import takes_settings
from collab.config import Settings, settings_manual
from tests.cli.processes import invoke


def test_every_setting_but_the_secret_is_a_flag_of_serve() -> None:
    text = invoke("serve", "--help").stdout
    flat = " ".join(text.split())
    for setting in settings_manual():
        if setting.flag is None:
            assert "secret" in setting.name
            assert f"--{setting.name.replace('_', '-')}" not in text, "command lines can be read by everyone here"
        else:
            assert f"{setting.flag} " in flat
            assert f"{setting.variable}; default: {setting.default.replace('`', '')}" in flat
    assert re.findall(r"^([A-Z][\w ]+):$", text, re.MULTILINE) == [
        "Options", "Server", "Access", "Protection", "Limits of a connection", "Limits of a document", "History",
        "Durability", "Content",
    ]  # fmt: skip


def test_a_switch_takes_no_value_and_leaves_the_variable_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    @click.command
    @takes_settings("public_metrics")
    def command(settings: Settings) -> None:
        seen.append(settings.public_metrics)

    for arguments, variable in ([], None), (["--public-metrics"], None), ([], "1"), (["--public-metrics"], "0"):
        monkeypatch.setenv("COLLAB_PUBLIC_METRICS", variable or "")
        assert CliRunner().invoke(command, arguments).exit_code == 0
    assert seen == [False, True, True, True]
