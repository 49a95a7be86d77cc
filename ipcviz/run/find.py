"""Find the program that was asked for, or say in one sentence why it cannot be started."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ipcviz import lessons

if TYPE_CHECKING:
    from ipcviz.run.session import Program


class NotStartable(Exception):
    """There is no such program, or it is not one; its text is one sentence with the remedy."""


def program(
    words: Sequence[str],
    *,
    module: bool = False,
    start_method: str | None = None,
    python: str | None = None,
    language: str = "en",
) -> tuple[Program, lessons.Lesson | None]:
    """The program that the words of a command line mean, its own arguments included.

    Raises:
        NotStartable: it cannot be found, is not Python, or has a syntax error.
    """
    from ipcviz.run.session import Program

    name, *arguments = words
    options: tuple[str, ...] = ()
    if python is not None:
        python, options = _interpreter(python)
    elif "t" in getattr(sys, "abiflags", ""):
        _check_interpreter(sys.executable)
    if module:
        if python is None:
            _check_module(name)
        return Program(["-m", name, *arguments], start_method, python, options, title=name), None
    lesson = _lesson(name)
    if lesson is not None:
        argv = [str(lesson.path), *arguments]
        title = lesson.title[language]
        return Program(argv, start_method, python, options, title=title, lesson=lesson.id), lesson
    _check_script(name, compile_it=python is None)
    return Program([name, *arguments], start_method, python, options, title=Path(name).name), None


def _lesson(name: str) -> lessons.Lesson | None:
    """The lesson of this name; a name with a folder or a suffix is a file's."""
    if os.sep in name or name.endswith(".py"):
        return None
    try:
        return lessons.find(name)
    except lessons.LessonNotFound as error:
        if os.path.exists(name):
            return None
        hint = str(error).partition("; ")[2]
        raise NotStartable(f"There is no lesson and no file called {name!r}; {hint}") from None


def _check_script(name: str, *, compile_it: bool) -> None:
    path = Path(name)
    if path.is_dir():
        raise NotStartable(f"{name!r} is a folder; name the script in it, or use -m for a package.")
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        raise NotStartable(f"There is no file {name!r}; check its name and the folder you are in.") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise NotStartable(f"Cannot read {name!r}: {why}; check its name and permissions.") from None
    # Another interpreter may know another grammar; its own word counts then.
    if compile_it:
        _check_source(name, source)


def _check_source(name: str, source: bytes) -> None:
    foreign = NotStartable(f"{name!r} is not Python; give a lesson or a Python script.")
    if b"\0" in source:
        raise foreign
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        if not name.endswith((".py", ".pyw")):
            raise foreign from None
        where = f" in line {error.lineno}" if error.lineno else ""
        raise NotStartable(f"{name!r} has a syntax error{where}: {error.msg}; correct it first.") from None
    except (ValueError, RecursionError, MemoryError):
        # Nothing that this check can explain; Python itself will have the word.
        return


def _check_module(name: str) -> None:
    """Find a module as `python -m` would from this folder, without importing its packages."""
    top, *rest = name.split(".")
    sys.path.insert(0, os.getcwd())
    try:
        spec = importlib.util.find_spec(top)
        for depth in range(len(rest)):
            places = list((spec.submodule_search_locations if spec else None) or ())
            full = ".".join((top, *rest[: depth + 1]))
            spec = importlib.machinery.PathFinder.find_spec(full, places)
        package = spec is not None and spec.submodule_search_locations is not None
        if spec is not None and package:
            places = list(spec.submodule_search_locations or ())
            spec = importlib.machinery.PathFinder.find_spec(f"{name}.__main__", places)
    except (ImportError, ValueError):
        spec, package = None, False
    finally:
        sys.path.pop(0)
    if spec is None and package:
        raise NotStartable(f"The package {name!r} has no __main__; name the module in it that starts it.")
    if spec is None:
        raise NotStartable(f"There is no module {name!r} to be found from {os.getcwd()!r}; check its name.")
    if spec.origin and spec.origin.endswith(".py"):
        try:
            source = Path(spec.origin).read_bytes()
        except OSError:
            return
        _check_source(spec.origin, source)


def _interpreter(said: str) -> tuple[str, tuple[str, ...]]:
    """The interpreter and its own options, from `python3.13` or `python3.13 -I -X dev`."""
    try:
        words = [said] if shutil.which(said) else shlex.split(said)
    except ValueError:
        words = [said]
    name, *options = words or [said]
    found = shutil.which(name)
    if found is None:
        raise NotStartable(f"There is no Python {name!r} that can be started; give the path of one.")
    for word in options:
        if word in _NO_PROGRAM:
            raise NotStartable(f"With {word!r} Python runs no script; leave it out of --python.")
    _check_interpreter(found)
    return found, tuple(options)


_ASK = "import sys; print(sys.implementation.name, *sys.version_info[:2], getattr(sys, 'abiflags', ''))"


def _check_interpreter(path: str) -> None:
    """See that a program in this interpreter can be watched, by asking it what it is.

    Raises:
        NotStartable: it cannot, or is no Python.
    """
    try:
        asked = subprocess.run(
            [path, "-I", "-S", "-c", _ASK], capture_output=True, text=True, timeout=20, check=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        name, major, minor, *flags = asked.stdout.split()
        version = int(major), int(minor)
    except (OSError, subprocess.SubprocessError, ValueError):
        raise NotStartable(f"{path!r} is no Python that answers; give the path of one.") from None
    if name != "cpython":
        raise NotStartable(f"{path!r} is {name}, and only CPython can be watched; name one with --python.")
    if version < OLDEST:
        raise NotStartable(
            f"{path!r} is Python {major}.{minor}, and only {'.'.join(map(str, OLDEST))} and later can be"
            " watched; name a newer one with --python."
        )
    if flags and "t" in flags[0]:
        raise NotStartable(
            f"{path!r} is a free-threaded Python {major}.{minor}, which cannot be watched; name one with the"
            " global interpreter lock with --python."
        )


OLDEST = (3, 10)
"""The first version of CPython that can be watched."""


_NO_PROGRAM = ("-c", "-m", "-h", "--help", "-V", "--version", "-")
