"""Every colour can be read from the last row."""

from __future__ import annotations

import pytest

from ipcviz.ui import theme


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", [theme.DARK, theme.LIGHT])
def test_every_text_has_seven_to_one_on_its_ground(name: str) -> None:
    low = {
        what: round(contrast(colour, theme.GROUND[name]), 2)
        for what, colour in theme.COLOURS[name].items()
        if contrast(colour, theme.GROUND[name]) < 7
    }
    assert low == {}


@pytest.mark.parametrize("name", [theme.DARK, theme.LIGHT])
@pytest.mark.parametrize("what", ["text", "dim", "key"])
def test_every_text_on_the_bars_has_seven_to_one(name: str, what: str) -> None:
    assert contrast(theme.COLOURS[name][what], theme.BAR[name]) >= 7


def test_both_themes_know_the_same_colours() -> None:
    assert theme.COLOURS[theme.DARK].keys() == theme.COLOURS[theme.LIGHT].keys()


def test_a_foreign_theme_gets_our_colours_that_are_as_dark() -> None:
    assert theme.palette("nord", dark=True)["bad"] == theme.palette(theme.DARK)["bad"]
    assert theme.palette("textual-light", dark=False)["bad"] == theme.palette(theme.LIGHT)["bad"]
