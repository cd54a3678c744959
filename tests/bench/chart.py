"""The chart: how much of Hocuspocus' cost each workload takes, as an SVG drawn by hand."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from tests.bench.table import MEASURES, PEER, Results

_LEFT, _WIDTH, _ROW, _BAR = 420, 900, 34, 11
_COLOURS = {"collab": "#2563eb", "hocuspocus": "#9ca3af", "ywebsocket": "#d1b26f"}
_FONT = 'font-family="system-ui, sans-serif" font-size="13"'
_MOST = 2.0
"""Ratios beyond are cut off."""


def svg(results: Results, servers: Mapping[str, str], caption: str) -> str:
    """Bars for each workload, Hocuspocus being 1. Capacity is turned over, so that shorter is better everywhere."""
    measures = [measure for measure in MEASURES if measure.charted and results.of(measure, PEER)]
    height = 64 + _ROW * len(measures) + 30
    scale = (_WIDTH - _LEFT - 60) / _MOST
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" {_FONT}>',
        f"<title>{escape(caption)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        '<text x="16" y="24" font-weight="600">Cost beside Hocuspocus, which is 1: shorter is better</text>',
    ]
    x = _LEFT
    for name, title in servers.items():
        lines.append(f'<rect x="{x}" y="36" width="11" height="11" fill="{_COLOURS.get(name, "#666666")}"/>')
        lines.append(f'<text x="{x + 16}" y="46">{escape(title)}</text>')
        x += 30 + 8 * len(title)
    for place, measure in enumerate(measures):
        top = 64 + place * _ROW
        lines.append(f'<text x="16" y="{top + 16}">{escape(f"{measure.workload}  {measure.title}"[:62])}</text>')
        shown = 0
        for name in servers:
            values, peer = results.of(measure, name), results.of(measure, PEER)
            if not values or name == PEER:
                continue
            ratio = values[len(values) // 2] / peer[len(peer) // 2]
            ratio = 1 / ratio if measure.at_least and ratio else ratio
            y = top + 2 + shown * (_BAR + 2)
            width = min(ratio, _MOST) * scale
            lines.append(
                f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{_COLOURS.get(name, "#666666")}"/>'
            )
            lines.append(f'<text x="{_LEFT + width + 5:.1f}" y="{y + 10}" font-size="11">{ratio:.2f}</text>')
            shown += 1
    one = _LEFT + scale
    bottom = 64 + _ROW * len(measures)
    lines.append(
        f'<line x1="{one}" y1="56" x2="{one}" y2="{bottom}" stroke="{_COLOURS[PEER]}" stroke-dasharray="4 3"/>'
    )
    lines.append(f'<text x="16" y="{height - 10}" font-size="11" fill="#555555">{escape(caption)}</text>')
    lines.append("</svg>")
    return "\n".join(lines) + "\n"
