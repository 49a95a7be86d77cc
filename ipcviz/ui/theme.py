"""Two themes of our own, dark and light, every text in them at 7:1 or better against its ground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.style import Style

if TYPE_CHECKING:
    from textual.theme import Theme

DARK = "ipcviz-dark"
LIGHT = "ipcviz-light"

GROUND = {DARK: "#0b0f14", LIGHT: "#ffffff"}
BAR = {DARK: "#1c2733", LIGHT: "#dfe7ef"}
"""Behind the status line and the keys."""

COLOURS: dict[str, dict[str, str]] = {
    # what it stands for: its colour; `item0` … belong to the producers in order of appearance
    DARK: {
        "text": "#f2f5f8", "dim": "#a9b4c0", "line": "#9aa7b4", "wait": "#ffd166", "good": "#7ee787",
        "bad": "#ff9c94", "key": "#8fd0ff", "item0": "#7cc7ff", "item1": "#ffb574", "item2": "#8ce99a",
        "item3": "#ff9fd0", "item4": "#f5e663", "item5": "#c9b6ff", "item6": "#63e6d8", "item7": "#ffa8a0",
    },
    LIGHT: {
        "text": "#0f1720", "dim": "#3f4a55", "line": "#46525e", "wait": "#664200", "good": "#0b4d1c",
        "bad": "#8c1010", "key": "#00407a", "item0": "#004a82", "item1": "#753200", "item2": "#0a5220",
        "item3": "#820a55", "item4": "#544600", "item5": "#4f1f9c", "item6": "#00504f", "item7": "#8a1c10",
    },
}  # fmt: skip

ITEMS = sum(name.startswith("item") for name in COLOURS[DARK])


def palette(theme: str, dark: bool = True) -> Mapping[str, Style]:
    """The styles that pictures are drawn with, by name.

    Each colour comes as itself (`bad`), `bad!` bold, `bad#` as a solid patch, and on the bar (`bad=`).
    A theme that is not ours gets the colours of ours that is as dark.
    """
    name = theme if theme in COLOURS else (DARK if dark else LIGHT)
    ground, bar, styles = GROUND[name], BAR[name], {}
    for what, colour in COLOURS[name].items():
        styles[what] = Style(color=colour, bgcolor=ground)
        styles[what + "!"] = Style(color=colour, bgcolor=ground, bold=True)
        styles[what + "#"] = Style(color=ground, bgcolor=colour, bold=True)
        styles[what + "="] = Style(color=colour, bgcolor=bar)
        styles[what + "=!"] = Style(color=colour, bgcolor=bar, bold=True)
    styles[""] = styles["text"]
    return styles


def themes() -> list[Theme]:
    """The same for Textual's own widgets."""
    from textual.theme import Theme

    return [
        Theme(
            name=name,
            dark=name == DARK,
            primary=COLOURS[name]["key"],
            secondary=COLOURS[name]["item5"],
            accent=COLOURS[name]["wait"],
            warning=COLOURS[name]["wait"],
            error=COLOURS[name]["bad"],
            success=COLOURS[name]["good"],
            foreground=COLOURS[name]["text"],
            background=GROUND[name],
            surface=GROUND[name],
            panel=BAR[name],
            boost=BAR[name],
            text_alpha=1.0,
            variables={
                "block-cursor-background": COLOURS[name]["key"],
                "block-cursor-foreground": GROUND[name],
                "block-cursor-text-style": "bold",
                "border": COLOURS[name]["line"],
                "scrollbar": COLOURS[name]["line"],
                "scrollbar-background": BAR[name],
            },
        )
        for name in (DARK, LIGHT)
    ]
