"""What a program writes can colour its own pane and nothing else."""

from __future__ import annotations

import pytest

from ipcviz.ui.output import Output, clean
from ipcviz.world.output import Output as Written


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("plain 中文\ttext", "plain 中文\ttext"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[2J\x1b[10;3Hgone", "gone"),
        ("\x1b[?1049h\x1b[?25lscreen", "screen"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("bell\x07 back\x08", "bell back"),
        ("\x1bcreset", "reset"),
        ("\x9b31mC1", "31mC1"),
    ],
)
def test_only_colours_and_text_get_through(written: str, left: str) -> None:
    assert clean(written) == left


def written(*pieces: tuple[int, str]) -> Written:
    """What a program wrote."""
    whole = Written()
    for stream, text in pieces:
        whole.add(stream, text)
    return whole


def lines(output: Output) -> list[str]:
    return ["".join(text for text, _ in parts) for parts in output.lines]


def test_lines_appear_when_they_are_whole_and_the_rest_at_the_end() -> None:
    output = Output()
    assert output.take(written((1, "one\ntw")))
    assert lines(output) == ["one"]
    assert output.take(written((1, "one\ntw"), (2, "error\n"), (1, "o\nrest")))
    assert lines(output) == ["one", "error", "two"]
    output.flush()
    assert lines(output) == ["one", "error", "two", "rest"]
    assert not output.take(written((1, "one\ntw"), (2, "error\n"), (1, "o\nrest")))


def test_a_carriage_return_writes_the_line_again() -> None:
    output = Output()
    output.take(written((1, "10 %\r20 %\r30 %\n"), (1, "dos\r\n")))
    assert lines(output) == ["30 %", "dos"]


def test_errors_look_different_and_colours_are_kept() -> None:
    output = Output()
    output.take(written((2, "bad\n"), (1, "a\x1b[32mgreen\x1b[0mb\n")))
    assert output.lines[0] == [("bad", "bad")]
    assert [text for text, _ in output.lines[1]] == ["a", "green", "b"]
    assert output.lines[1][1][1].startswith("own:")
