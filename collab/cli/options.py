"""What commands are given: the flags of settings, grants and times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import groupby
from typing import Any

import click

from collab.auth import Grant
from collab.config import Setting, Settings, parse_duration, parse_origin, settings_manual
from collab.errors import InvalidRequest

_PLACEHOLDERS = {"bytes": "SIZE", "seconds": "TIME", "count": "N", "per second": "N"}


class SettingOption(click.Option):
    """The flag of a setting. What is given is checked by ``Settings``, as a variable of the environment would be."""

    def __init__(self, declarations: Sequence[str], *, setting: Setting, **attributes: Any) -> None:
        """Made by ``takes_settings``."""
        self.group = setting.group
        if setting.is_switch:  # left out, it must not win over the variable
            attributes |= {"is_flag": True, "default": None}
        else:
            attributes["metavar"] = _PLACEHOLDERS.get(setting.unit, setting.name.rpartition("_")[2].upper())
        text = f"{setting.help}  [{setting.variable}; default: {setting.default}]".replace("`", "")
        super().__init__(declarations, help=text, **attributes)


class SettingsCommand(click.Command):
    """A command that takes settings; its help shows them in their groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the flags' help."""

        def group(param: click.Parameter) -> str:
            return param.group if isinstance(param, SettingOption) else "Options"

        options = (param for param in self.get_params(ctx) if isinstance(param, click.Option))
        own_first = sorted(options, key=lambda param: group(param) != "Options")
        for title, params in groupby(own_first, key=group):
            with formatter.section(title):
                formatter.write_dl([record for param in params if (record := param.get_help_record(ctx))])


def takes_settings(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the flags of these settings (none named: of all) and, for them, one argument ``settings``."""
    wanted = {setting.name: setting for setting in settings_manual() if not names or setting.name in names}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**arguments: Any) -> None:
            flags = {name: value for name in wanted if (value := arguments.pop(name, None)) is not None}
            command(settings=Settings.load(**flags), **arguments)

        for setting in reversed(wanted.values()):  # the decorator applied last comes first in the help
            if setting.flag:
                run = click.option(setting.flag, setting.name, cls=SettingOption, setting=setting)(run)
        return run

    return decorate


class GrantType(click.ParamType[Grant]):
    """``GLOB:ROLE``; the last colon counts, so names may have some."""

    name = "glob:role"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Grant:
        """Read a grant."""
        glob, _, role = str(value).rpartition(":")
        try:
            return Grant.parse(glob, role)
        except InvalidRequest as error:
            self.fail(str(error), param, ctx)


class DurationType(click.ParamType[float]):
    """A time above nothing, in seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a duration."""
        try:
            seconds = parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if seconds < 1:
            self.fail("at least a second", param, ctx)
        return seconds


class UrlType(click.ParamType[str]):
    """A server's URL: ``http://`` or ``https://``, a host and perhaps a port."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read a URL."""
        try:
            origin = parse_origin(str(value).removesuffix("/"))
        except ValueError:
            origin = ""
        if not origin.startswith(("http://", "https://")):
            self.fail("a server's URL is http:// or https://, a host and perhaps a port", param, ctx)
        return origin


def examples(*lines: str) -> str:
    """The end of a command's help: command lines to begin from."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def as_json_option(what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The flag ``--json``; ``what`` says what is written then."""
    return click.option("--json", "as_json", is_flag=True, help=what)
