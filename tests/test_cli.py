"""The command line: what it passes on, and what it says when something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import ipcviz
from ipcviz import cli, lessons, usage
from ipcviz.cli import group
from ipcviz.cli.errors import Refused
from ipcviz.log import trace
from ipcviz.log.log import Log
from ipcviz.log.trace import Header
from ipcviz.run.session import Program, StartError

COMMANDS = sorted(group.COMMANDS)


def call(*words: str) -> Result:
    return CliRunner().invoke(cli.main, words, prog_name="ipcviz")


def refusal(*words: str) -> str:
    """The one sentence that a wrong call gets on standard error, with exit code 2."""
    result = call(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("ipcviz: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


class Screen:
    """Stands where the screen would be and remembers what it was opened with."""

    opened: dict[str, Any] | None = None
    return_code = 0

    def __init__(self, **wishes: Any) -> None:
        Screen.opened = wishes

    def run(self) -> None:
        """Nothing to draw."""


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> type[Screen]:
    module = types.ModuleType("ipcviz.ui.app")
    module.IpcvizApp = Screen  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ipcviz.ui", types.ModuleType("ipcviz.ui"))
    monkeypatch.setitem(sys.modules, "ipcviz.ui.app", module)
    for module_name in ("group", "run", "replay"):
        monkeypatch.setattr(f"ipcviz.cli.{module_name}.need_terminal", lambda *_: None)
    monkeypatch.setattr(Screen, "opened", None)
    monkeypatch.setattr(Screen, "return_code", 0)
    return Screen


class Recorder:
    """Stands where programs are recorded."""

    program: Program | None = None
    path: Path | None = None
    timeout: float | None = None
    code = 0
    error: Exception | None = None

    def __call__(
        self, program: Program, path: Path, *, timeout: float | None, overwrite: bool, complain: object
    ) -> int:
        assert overwrite
        self.program, self.path, self.timeout = program, path, timeout
        if self.error is not None:
            raise self.error
        return self.code


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    monkeypatch.setattr("ipcviz.run.record.record", found)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with one program."""
    (tmp_path / "prog.py").write_text("print('hello')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestHelp:
    def test_of_the_whole_names_every_command_and_option(self) -> None:
        result = call("--help")
        assert (result.exit_code, result.stdout) == (0, usage.HELP)
        for name in COMMANDS:
            assert f"\n  {name} " in usage.HELP
        for option in cli.main.params:
            assert max(option.opts, key=len) in usage.HELP
        assert max(map(len, usage.HELP.splitlines())) < 80

    @pytest.mark.parametrize("option", ["--help", "-h", "--version", "-V"])
    def test_at_once_is_the_same_as_through_click(self, option: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "ipcviz", option], capture_output=True, text=True, timeout=60, check=True
        )
        assert (done.stdout, done.stderr) == (call(option).stdout, "")

    @pytest.mark.parametrize("name", COMMANDS)
    @pytest.mark.parametrize("option", ["--help", "-h"])
    def test_of_a_command_has_examples(self, name: str, option: str) -> None:
        result = call(name, option)
        assert result.exit_code == 0
        assert f"Usage: ipcviz {name}" in result.stdout
        assert f"Examples:\n    ipcviz {name}" in result.stdout

    def test_version(self) -> None:
        assert call("--version").stdout == f"ipcviz {ipcviz.__version__}\n"


class TestWrongCalls:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_an_unknown_option_is_named(self, name: str) -> None:
        told = refusal(name, "--bogus")
        assert "--bogus" in told
        assert f"`ipcviz {name} --help`" in told

    def test_an_unknown_command_is_named(self) -> None:
        assert "'bogus'" in refusal("bogus")

    def test_a_lesson_that_is_called_as_a_command(self) -> None:
        assert "`ipcviz run queue-bounded`" in refusal("queue-bounded")

    def test_a_file_that_is_called_as_a_command(self, folder: Path) -> None:
        assert "`ipcviz run prog.py`" in refusal("prog.py")

    @pytest.mark.parametrize("words", [("run",), ("record", "-o", "t.trace")])
    def test_no_program(self, folder: Path, words: tuple[str, ...]) -> None:
        assert "Which program?" in refusal(*words)

    def test_no_place_to_record_into(self, folder: Path) -> None:
        assert "-o" in refusal("record", "prog.py")

    @pytest.mark.parametrize("pace", ["fast", "0", "1/0", "1/101", "-1", "1/2/3", ""])
    def test_a_pace_that_is_none(self, folder: Path, pace: str) -> None:
        assert "live, slow, lecture" in refusal("run", f"--pace={pace}", "prog.py")

    @pytest.mark.parametrize("timeout", ["0", "-1", "soon", "nan", "inf"])
    def test_a_timeout_that_is_none(self, folder: Path, timeout: str) -> None:
        assert "--timeout" in refusal("record", "-o", "t.trace", "--timeout", timeout, "prog.py")

    def test_an_unknown_start_method(self, folder: Path) -> None:
        assert "forkserver" in refusal("run", "--start-method", "thread", "prog.py")

    @pytest.mark.parametrize("words", [(), ("run", "queue-bounded"), ("run", "prog.py")])
    def test_no_terminal(self, folder: Path, words: tuple[str, ...]) -> None:
        told = refusal(*words)
        assert "needs a terminal" in told
        assert "`ipcviz record" in told

    def test_no_terminal_for_a_replay(self, folder: Path) -> None:
        trace.write(folder / "t.trace", Header(argv=["prog.py"]), Log())
        assert "`ipcviz stats t.trace`" in refusal("replay", "t.trace")


@pytest.mark.parametrize("command", [("run",), ("record", "-o", "t.trace")], ids=["run", "record"])
class TestProgramsThatCannotStart:
    def test_missing_script(self, folder: Path, command: tuple[str, ...]) -> None:
        assert "'nowhere.py'" in refusal(*command, "nowhere.py")
        assert not (folder / "t.trace").exists()

    def test_neither_lesson_nor_file(self, folder: Path, command: tuple[str, ...]) -> None:
        told = refusal(*command, "queue-bound")
        assert "'queue-bound'" in told
        assert "did you mean queue-bounded" in told

    def test_folder(self, folder: Path, command: tuple[str, ...]) -> None:
        (folder / "pack").mkdir()
        assert "'pack' is a folder" in refusal(*command, "pack")

    @pytest.mark.parametrize("name", ["notes.txt", "queue.bin", "no_suffix"])
    @pytest.mark.parametrize("content", [b"dear diary,\n", b"\x7fELF\0\0", b"\xff\xfe\x00x"])
    def test_not_python(self, folder: Path, command: tuple[str, ...], name: str, content: bytes) -> None:
        (folder / name).write_bytes(content)
        assert f"'{name}' is not Python" in refusal(*command, name)

    def test_syntax_error(self, folder: Path, command: tuple[str, ...]) -> None:
        (folder / "bad.py").write_text("x = 1\ny = \n")
        told = refusal(*command, "bad.py")
        assert "'bad.py' has a syntax error in line 2" in told

    def test_wrong_encoding(self, folder: Path, command: tuple[str, ...]) -> None:
        (folder / "bad.py").write_bytes(b"print('\xe9')\n")
        assert "'bad.py' has a syntax error" in refusal(*command, "bad.py")

    def test_missing_module(self, folder: Path, command: tuple[str, ...]) -> None:
        for name in ("nowhere", "json.nowhere", "nowhere.at.all", "", ".", "prog.x", "a b"):
            assert f"no module {name!r}" in refusal(*command, "-m", name)

    def test_package_without_main(self, folder: Path, command: tuple[str, ...]) -> None:
        (folder / "pack").mkdir()
        (folder / "pack" / "__init__.py").touch()
        assert "has no __main__" in refusal(*command, "-m", "pack")

    def test_module_with_a_syntax_error(self, folder: Path, command: tuple[str, ...]) -> None:
        (folder / "bad.py").write_text("def\n")
        assert "syntax error in line 1" in refusal(*command, "-m", "bad")

    def test_missing_interpreter(self, folder: Path, command: tuple[str, ...]) -> None:
        assert "'python0.0'" in refusal(*command, "--python", "python0.0", "prog.py")


class TestRun:
    def test_opens_a_lesson(self, screen: type[Screen]) -> None:
        assert call("run", "--lang", "zh", "--ascii", "queue-bounded").exit_code == 0
        assert screen.opened is not None
        lesson, program = screen.opened["lesson"], screen.opened["program"]
        assert lesson == lessons.find("queue-bounded")
        assert program == Program([str(lesson.path)], title="有界队列", lesson="queue-bounded")
        assert (screen.opened["pace"], screen.opened["lang"], screen.opened["ascii"]) == ("live", "zh", True)

    def test_passes_everything_behind_the_script_on(self, screen: type[Screen], folder: Path) -> None:
        arguments = ["a", "--pace", "x", "--", "-m", "--help", "--bogus"]
        assert call("run", "--pace", "1/10", "--start-method", "spawn", "prog.py", *arguments).exit_code == 0
        assert screen.opened is not None
        assert screen.opened["program"] == Program(["prog.py", *arguments], "spawn", title="prog.py")
        assert (screen.opened["pace"], screen.opened["lesson"]) == ("1/10", None)

    def test_knows_modules_as_python_does(self, screen: type[Screen], folder: Path) -> None:
        (folder / "pack").mkdir()
        (folder / "pack" / "__main__.py").write_text("raise SystemExit('was imported')")
        for name in ("prog", "pack", "pack.__main__", "json.tool"):
            assert call("run", "-m", name, "--its", "-o").exit_code == 0
            assert screen.opened is not None
            assert screen.opened["program"].argv == ["-m", name, "--its", "-o"]

    def test_a_file_called_like_a_lesson_is_meant_by_its_folder(
        self, screen: type[Screen], folder: Path
    ) -> None:
        (folder / "queue-bounded").write_text("x = 1")
        call("run", "./queue-bounded")
        assert screen.opened is not None
        assert screen.opened["lesson"] is None

    def test_a_name_that_begins_with_a_dash(self, screen: type[Screen], folder: Path) -> None:
        (folder / "-odd.py").write_text("x = 1")
        assert call("run", "--", "-odd.py", "a").exit_code == 0
        assert screen.opened is not None
        assert screen.opened["program"].argv == ["-odd.py", "a"]

    def test_ends_with_the_exit_code_of_the_screen(
        self, screen: type[Screen], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(screen, "return_code", 143)
        assert call("run", "queue-bounded").exit_code == 143

    def test_without_a_command_the_menu_opens(self, screen: type[Screen]) -> None:
        assert call("--lang", "zh").exit_code == 0
        assert screen.opened == {"lang": "zh", "ascii": False}

    def test_options_of_the_whole_count_for_a_command(self, screen: type[Screen]) -> None:
        call("--lang", "zh", "--ascii", "run", "queue-bounded")
        assert screen.opened is not None
        assert (screen.opened["lang"], screen.opened["ascii"]) == ("zh", True)


class TestRecord:
    def test_ends_with_the_exit_code_of_the_program(self, recorder: Recorder, folder: Path) -> None:
        recorder.code = 137
        assert call("record", "-o", "t.trace", "--timeout", "2.5", "prog.py", "-o", "x").exit_code == 137
        assert recorder.program == Program(["prog.py", "-o", "x"], title="prog.py")
        assert (recorder.path, recorder.timeout) == (folder / "t.trace", 2.5)

    def test_replaces_an_earlier_trace_or_an_empty_file(self, recorder: Recorder, folder: Path) -> None:
        trace.write(folder / "old.trace", Header(), Log())
        (folder / "empty").touch()
        for name in ("old.trace", "empty"):
            assert call("record", "-o", name, "prog.py").exit_code == 0
            assert recorder.path == folder / name

    def test_leaves_any_other_file_alone(self, recorder: Recorder, folder: Path) -> None:
        assert "--force" in refusal("record", "-o", "prog.py", "prog.py")
        assert recorder.program is None
        (folder / "other").write_text("mine")
        assert call("record", "-f", "-o", "other", "prog.py").exit_code == 0

    @pytest.mark.parametrize("place", ["nowhere/t.trace", ".", "/dev/null"])
    def test_refuses_a_place_before_anything_starts(
        self, recorder: Recorder, folder: Path, place: str
    ) -> None:
        refusal("record", "-o", place, "prog.py")
        assert recorder.program is None

    @pytest.mark.parametrize(
        ("error", "told"),
        [(StartError("Cannot start python."), "Cannot start"), (OSError(28, "No space left"), "No space")],
    )
    def test_says_why_it_could_not(
        self, recorder: Recorder, folder: Path, error: Exception, told: str
    ) -> None:
        recorder.error = error
        assert told in refusal("record", "-o", "t.trace", "prog.py")


class TestTraces:
    @pytest.mark.parametrize("command", ["stats", "replay"])
    def test_missing(self, folder: Path, command: str) -> None:
        assert "'t.trace'" in refusal(command, "t.trace")

    @pytest.mark.parametrize("command", ["stats", "replay"])
    def test_foreign(self, folder: Path, command: str) -> None:
        assert "'prog.py' is not an ipcviz trace" in refusal(command, "prog.py")

    @pytest.mark.parametrize("command", ["stats", "replay"])
    def test_damaged(self, folder: Path, command: str) -> None:
        (folder / "t.trace").write_bytes(b"ipcviz trace {\n")
        assert "damaged" in refusal(command, "t.trace")

    @pytest.mark.parametrize("command", ["stats", "replay"])
    def test_newer(self, folder: Path, command: str) -> None:
        (folder / "t.trace").write_bytes(b'ipcviz trace {"format": 999}\n')
        assert "newer" in refusal(command, "t.trace")

    def test_a_trace_is_replayed(self, screen: type[Screen], folder: Path) -> None:
        trace.write(folder / "t.trace", Header(argv=["prog.py"], title="Prog"), Log())
        assert call("replay", "--pace", "lecture", "t.trace").exit_code == 0
        assert screen.opened is not None
        title, log = screen.opened["replay"]
        assert (title, len(log), screen.opened["pace"]) == ("Prog", 0, "lecture")

    def test_stats_for_programs_and_for_people(self, folder: Path) -> None:
        trace.write(folder / "t.trace", Header(argv=["prog.py"], python="3.11.7"), Log())
        told = json.loads(call("stats", "t.trace", "--json").stdout)
        assert (told["format"], told["program"]["argv"]) == (1, ["prog.py"])
        assert call("stats", "t.trace").stdout.startswith("prog.py   (Python 3.11.7")


class TestLessons:
    def test_listed_for_people(self) -> None:
        english, chinese = call("lessons", "--lang", "en").stdout, call("lessons", "--lang", "zh").stdout
        for lesson in lessons.all():
            assert lesson.id in english
            assert lesson.title["en"] in english
            assert lesson.title["zh"] in chinese

    def test_listed_for_programs(self) -> None:
        listed = json.loads(call("lessons", "--json").stdout)
        assert [lesson["id"] for lesson in listed] == list(lessons.ORDER)
        assert listed[0]["title"]["zh"] == "有界队列"
        assert Path(listed[0]["path"]).is_file()


class TestCompletion:
    def complete(self, *words: str) -> list[str]:
        environment = {
            **os.environ,
            "_IPCVIZ_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(("ipcviz", *words)),
            "COMP_CWORD": str(len(words)),
        }
        done = subprocess.run(
            [sys.executable, "-m", "ipcviz"], capture_output=True, text=True, timeout=60, env=environment
        )
        return done.stdout.splitlines()

    def test_of_commands(self) -> None:
        assert self.complete("re") == ["plain,record", "plain,replay"]

    def test_of_lessons(self) -> None:
        assert self.complete("run", "queue-b") == ["plain,queue-bounded"]
        assert set(self.complete("run", "queue")) == {
            f"plain,{name}" for name in lessons.ORDER if name.startswith("queue")
        }

    def test_of_files(self) -> None:
        assert self.complete("run", "./x") == ["file,./x"]
        assert self.complete("run", "prog.py", "queue") == ["file,queue"]
        assert self.complete("replay", "t") == ["file,t"]

    def test_script_can_be_had(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "ipcviz"], capture_output=True, text=True, timeout=60,
            env={**os.environ, "_IPCVIZ_COMPLETE": "zsh_source"},
        )  # fmt: skip
        assert "compdef" in done.stdout


def test_errors_are_clicks_own_kind() -> None:
    assert issubclass(Refused, click.ClickException)


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ("cpython 3 13 t", "free-threaded Python 3.13"),
        ("cpython 3 8", "Python 3.8, and only 3.10 and later"),
        ("pypy 3 11", "only CPython can be watched"),
        ("hello", "is no Python that answers"),
    ],
)
def test_an_interpreter_that_cannot_be_watched(says: str, sentence: str, tmp_path: Path) -> None:
    python, program, began = tmp_path / "python", tmp_path / "prog.py", tmp_path / "began"
    python.write_text(f'#!/bin/sh\ncase "$*" in *prog.py*) touch {began};; *) echo {says};; esac\n')
    python.chmod(0o755)
    program.write_text("")
    said = refusal("record", "-o", str(tmp_path / "t.trace"), "--python", str(python), str(program))
    assert sentence in said
    assert str(python) in said
    assert not began.exists()
    assert not (tmp_path / "t.trace").exists()
