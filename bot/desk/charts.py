"""Charts as SVG that stretch with the page and keep their letters' size; the table beneath says the same in numbers."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

_LINE_PIXELS = 40
_BAR_PIXELS = 14
_COLUMNS_PIXELS = 160
_FOOT_PIXELS = 20
_HEAD_PIXELS = 18
_ROOM_PERCENT = 88  # the longest bar leaves place for its number
_GAP = 0.2  # of a column's width


def bars(title: str, values: Sequence[tuple[str, int]]) -> Markup:
    """A bar under each name, with its number at its end."""
    most = max((value for _, value in values), default=0) or 1
    lines = [
        Markup(
            '<text x="0" y="{name_y}">{name}</text>'
            '<rect x="0" y="{bar_y}" width="{width:.2f}%" height="{height}" rx="2"/>'
            '<text x="{width:.2f}%" dx="6" y="{value_y}" class="valor">{value}</text>'
        ).format(
            name=name,
            value=value,
            width=value / most * _ROOM_PERCENT,
            height=_BAR_PIXELS,
            name_y=n * _LINE_PIXELS + 13,
            bar_y=n * _LINE_PIXELS + 19,
            value_y=n * _LINE_PIXELS + 31,
        )
        for n, (name, value) in enumerate(values)
    ]
    return _drawing(title, len(values) * _LINE_PIXELS, lines)


def columns(title: str, values: Sequence[tuple[str, int]]) -> Markup:
    """A column over each name, side by side, with its number on top."""
    most = max((value for _, value in values), default=0) or 1
    wide = 100 / max(len(values), 1)
    full = _COLUMNS_PIXELS - _FOOT_PIXELS - _HEAD_PIXELS
    drawn = [
        Markup(
            '<rect x="{x:.2f}%" y="{y:.1f}" width="{width:.2f}%" height="{height:.1f}" rx="2"/>'
            '<text x="{middle:.2f}%" y="{value_y:.1f}" class="valor medio">{value}</text>'
            '<text x="{middle:.2f}%" y="{foot}" class="medio">{name}</text>'
        ).format(
            name=name,
            value=value,
            x=(n + _GAP / 2) * wide,
            width=(1 - _GAP) * wide,
            middle=(n + 0.5) * wide,
            height=value / most * full,
            y=_HEAD_PIXELS + full - value / most * full,
            value_y=_HEAD_PIXELS + full - value / most * full - 4,
            foot=_COLUMNS_PIXELS - 4,
        )
        for n, (name, value) in enumerate(values)
    ]
    return _drawing(title, _COLUMNS_PIXELS, drawn)


def _drawing(title: str, height: int, parts: Sequence[Markup]) -> Markup:
    head = Markup('<svg class="grafico" role="img" aria-label="{}" width="100%" height="{}">').format(title, height)
    return head + Markup("").join(escape(part) for part in parts) + Markup("</svg>")
