"""The colours of a theme as the line-drawing widgets use them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from bridge.wire.events import Source
from bridge.wire.level import Level
from bridge.wire.modes import Mode
from bridge.wire.views import State, StreamView

DARK = Theme(
    name="offhook-dark",
    primary="#6cb6d9",
    secondary="#9aa5ce",
    accent="#e0af68",
    success="#7fc98f",
    warning="#e5b454",
    error="#f0616d",
    foreground="#c9d1d9",
    background="#0e1217",
    surface="#151b23",
    panel="#1d2631",
    dark=True,
    variables={
        "footer-key-foreground": "#6cb6d9",
        "border": "#3a4757",
        "border-blurred": "#2a3441",
        "scrollbar": "#3a4757",
        "scrollbar-hover": "#566579",
        "scrollbar-active": "#566579",
        "scrollbar-background": "#0e1217",
        "scrollbar-background-hover": "#0e1217",
        "scrollbar-background-active": "#0e1217",
    },
)
LIGHT = Theme(
    name="offhook-light",
    primary="#1f6f9c",
    secondary="#4a5699",
    accent="#9a6200",
    success="#1d7a3c",
    warning="#9a6200",
    error="#c2243a",
    foreground="#20262d",
    background="#fbfbf9",
    surface="#f1f2f0",
    panel="#e4e7e8",
    dark=False,
    variables={
        "footer-key-foreground": "#1f6f9c",
        "border": "#aab4bd",
        "border-blurred": "#ccd3d8",
        "scrollbar": "#b9c2c9",
        "scrollbar-hover": "#8c98a2",
        "scrollbar-active": "#8c98a2",
        "scrollbar-background": "#fbfbf9",
        "scrollbar-background-hover": "#fbfbf9",
        "scrollbar-background-active": "#fbfbf9",
    },
)


THEMES: dict[str, Theme] = {theme.name: theme for theme in (DARK, LIGHT, *BUILTIN_THEMES.values())}
"""Every theme that can be chosen."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Styles by meaning. What matters is legible without colour, too: by weight, reversal or its own words."""

    text: Style
    strong: Style
    dim: Style
    accent: Style
    key: Style
    good: Style
    warning: Style
    error: Style
    track: Style
    """The empty part of a bar."""
    page: Style
    """What is behind everything."""
    cursor: Style
    cursor_elsewhere: Style
    """The cursor of a list that does not have the keyboard."""
    header: Style
    sorted: Style
    """The title of the column that the list is sorted by."""
    loud: Style
    """The microphone is live for the caller."""
    quiet: Style
    """The microphone is live, and the caller does not hear it."""
    recording: Style
    alarm: Style
    """What is shown is no longer so."""
    badge: Style
    reverse: Style

    def level(self, level: Level) -> Style:
        """The style of an event or a stream's health."""
        return {"info": self.text, "warning": self.warning, "error": self.error}[level]

    def source(self, source: Source) -> Style:
        """The style of who an event comes from."""
        return {
            "callback": self.accent,
            "carrier": self.key,
            "agent": self.good,
            "operator": self.strong,
            "bridge": self.dim,
        }[source]

    def state(self, stream: StreamView) -> Style:
        """The style of a stream's state: an end that nobody wanted stands out."""
        if stream.state == "ended":
            return self.error if stream.end_reason in {"dropped", "lost"} else self.dim
        styles: dict[State, Style] = {"live": self.good, "connecting": self.warning, "asked": self.dim}
        return styles[stream.state]

    def mode(self, mode: Mode) -> Style:
        """The style of who hears whom: what is nobody's doing is dim."""
        return {
            "direct": self.dim,
            "agent": self.dim,
            "whisper": self.accent,
            "talk": self.warning,
            "takeover": self.error + Style(bold=True),
        }[mode]

    def meter(self, dbfs: float | None) -> Style:
        """The style of a level meter: too loud is seen."""
        return self.good if dbfs is None or dbfs < -9 else self.warning if dbfs < -3 else self.error


_WITHOUT_SHADES = {
    "dim": Style(dim=True),
    "track": Style(dim=True),
    "cursor": Style(reverse=True),
    "cursor_elsewhere": Style(underline=True),
    "header": Style(underline=True),
    "sorted": Style(underline=True, bold=True),
}
"""A theme of the terminal's own 16 colours has nothing between its foreground and its background."""


@lru_cache(maxsize=4)
def palette(theme_name: str) -> Palette:
    """The palette of one of the themes that can be chosen."""
    variables = THEMES[theme_name].to_color_system().generate()

    def colour(name: str) -> Color:
        return Color.parse(variables[name])

    def style(fore: str, back: str | None = None, bold: bool = False) -> Style:
        return Style(color=colour(fore).rich_color, bgcolor=colour(back).rich_color if back else None, bold=bold)

    panel = colour("background").blend(colour("foreground"), 0.1).rich_color
    cursor = colour("background").blend(colour("primary"), 0.3).rich_color
    dim = colour("foreground").blend(colour("background"), 0.38).rich_color
    colours = Palette(
        text=style("foreground"),
        strong=style("foreground", bold=True),
        dim=Style(color=dim),
        accent=style("accent"),
        key=style("primary"),
        good=style("success"),
        warning=style("warning"),
        error=style("error"),
        track=Style(color=colour("background").blend(colour("foreground"), 0.2).rich_color),
        page=style("foreground", "background"),
        cursor=Style(bgcolor=cursor),
        cursor_elsewhere=Style(bgcolor=panel),
        header=Style(color=dim, bgcolor=panel),
        sorted=Style(color=colour("primary").rich_color, bgcolor=panel, bold=True),
        loud=Style(color="#ffffff", bgcolor="#d1242f", bold=True),
        quiet=Style(color="#ffffff", bgcolor="#6639ba", bold=True),
        recording=Style(color="#d1242f", bold=True),
        alarm=style("background", "warning", bold=True),
        badge=style("background", "primary", bold=True),
        reverse=Style(reverse=True),
    )
    return replace(colours, **_WITHOUT_SHADES) if THEMES[theme_name].ansi else colours
