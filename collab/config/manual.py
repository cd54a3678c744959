"""The settings as people read them: rows for ``collab serve --help`` and a Markdown table for the README."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from pydantic.fields import FieldInfo

from collab.config.settings import GROUPS, flag_of, variable_of
from collab.config.values import KIB, MIB, Shown, Unit


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as a person sees it; ``default`` is already written with its unit."""

    name: str
    group: str
    unit: str
    default: str
    help: str
    flag: str | None
    variable: str
    is_switch: bool
    """Its flag takes no value: where it stands, the setting is on."""


def settings_manual() -> Iterator[Setting]:
    """Every setting, group by group, in the order of the list."""
    for group in GROUPS:
        for name, field in group.model_fields.items():
            unit = next((part.name for part in field.metadata if isinstance(part, Unit)), "")
            text = " ".join((field.description or "").split())
            is_switch = field.annotation is bool
            default = ("on" if field.default else "off") if is_switch else _default(field, unit)
            yield Setting(name, group.title, unit, default, text, flag_of(name), variable_of(name), is_switch)


def settings_table() -> str:
    """The settings as Markdown, one table per group: the README holds it word for word."""
    lines: list[str] = []
    for group, settings in groupby(settings_manual(), key=lambda setting: setting.group):
        lines += [f"### {group}", "", "| flag, variable | default | what it is |", "|---|---|---|"]
        for setting in settings:
            names = "<br>".join(f"`{name}`" for name in (setting.flag, setting.variable) if name)
            lines.append(f"| {names} | {setting.default} | {setting.help} |")
        lines.append("")
    return "\n".join(lines)


def _default(field: FieldInfo, unit: str) -> str:
    shown = next((part.default for part in field.metadata if isinstance(part, Shown)), None)
    if shown is not None:
        return shown
    value = field.default
    if value in (None, ()):
        return "none"
    match unit:
        case "bytes":
            return f"{value // MIB} MiB" if value % MIB == 0 else f"{value / KIB:g} KiB"
        case "seconds":
            return _duration(value)
        case "per second":
            return f"{value:g} per second"
        case "count":
            return f"{value:,}"
        case _:
            return f"`{value}`"


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds > size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"
