"""What happened, in figures: the contract of `ipcviz stats --json`, from the same fold the screen draws."""

from __future__ import annotations

from typing import Any

from ipcviz.log.events import StuckSeen
from ipcviz.log.log import Log
from ipcviz.log.trace import Header
from ipcviz.world import NOUNS, Process, State, Wait, World
from ipcviz.world.nouns import BY_NAME

FORMAT = 1


def figures(header: Header, log: Log) -> dict[str, Any]:
    """Fold a log and count; keys are added from version to version, never renamed. Times in seconds."""
    world = World().apply_all(log.read())
    return of_world(header, world)


def of_world(header: Header, world: World) -> dict[str, Any]:
    """The same from a world that is at the end of its log."""
    waits = [_wait(world, process, wait) for process, wait in world.waits()]
    return {
        "format": FORMAT,
        "program": _program(header, world),
        "outcome": _outcome(world),
        "why": why(header, world),
        "waits": waits,
        "cycle": _cycle(world),
        "events": world.count,
        "lost": world.lost,
        "unwatched": world.unwatched,
        **{noun.plural: [noun.row(world, it) for it in world.of(noun).values()] for noun in NOUNS},
    }


_START_METHODS = ("fork", "spawn", "forkserver")


def _program(header: Header, world: World) -> dict[str, Any]:
    # The header was written before the program had said a word.
    python = next((process.python for process in world.processes.values() if process.python), header.python)
    methods = [process.start_method for process in world.processes.values()]
    return {
        "argv": header.argv,
        "python": python,
        "start_method": next((method for method in methods if method in _START_METHODS), header.start_method),
        "exitcode": world.exitcode,
        "duration": world.seconds(world.now),
    }


def _main(world: World) -> Process | None:
    return next((process for process in world.processes.values() if process.start_method == "main"), None)


def _stuck(world: World) -> StuckSeen | None:
    """The verdict, unless it is only on what a killed main process left behind."""
    main = _main(world)
    if world.stuck is None or main is None or main.ended is None or main.exitcode is None:
        return world.stuck
    return None if main.exitcode < 0 and main.ended < world.stuck.time else world.stuck


def _outcome(world: World) -> str:
    if _stuck(world) is not None:
        return "stuck"
    # A trace that breaks off has no last word.
    return world.ended.outcome if world.ended is not None else "interrupted"


def why(header: Header, world: World) -> str:
    """One sentence for a class."""
    stuck = _stuck(world)
    if stuck is not None:
        return _sentence(stuck.why if stuck.certain else "Probably stuck: " + stuck.why)
    if world.ended is None:
        return header.damage or "The recording breaks off before the program ended."
    failed = [p for p in world.processes.values() if p.state in (State.FAILED, State.KILLED) and p.parent]
    told = ""
    if failed:
        names = ", ".join(_death(process) for process in failed[:3])
        told = names + (f" and {len(failed) - 3} more" if len(failed) > 3 else "") + "."
    main = _main(world)
    if world.ended.why:
        first = "The main process was killed. " if world.stuck is not None and stuck is None else ""
        return first + _sentence(world.ended.why[:1].upper() + world.ended.why[1:])
    if world.ended.outcome == "failed":
        error = main.error if main is not None else ""
        first = f"The main process ended with exit code {world.exitcode}"
        return first + (f" after {error}." if error else ".") + (f" {told}" if told else "")
    if world.ended.outcome == "killed":
        return f"The main process was killed (exit code {world.exitcode})."
    return f"The program finished, but {told}" if told else "The program finished."


def _sentence(text: str) -> str:
    return text + ("" if text.endswith(".") else ".")


def _cycle(world: World) -> list[str] | None:
    stuck = _stuck(world)
    if stuck is None or not stuck.in_circle:
        return None
    return [world.process(int(key)).id for key in stuck.chain.split(",") if key]


def _death(process: Process) -> str:
    if process.error:
        return f"{process.label} failed with {process.error}"
    if process.exitcode is not None and process.exitcode < 0:
        return f"{process.label} was killed by signal {-process.exitcode}"
    return f"{process.label} ended with exit code {process.exitcode}"


def _wait(world: World, process: Process, wait: Wait) -> dict[str, Any]:
    holders = (world.processes.get(key) for key in wait.kind.held_by(world, wait))
    return {
        "process": process.id,
        "for": wait.kind.what or _what(world, wait),
        "operation": wait.kind.operation,
        "held_by": [holder.id for holder in holders if holder is not None],
        "since": world.seconds(wait.since),
        "at": f"{wait.site.file}:{wait.site.line}" if wait.site else None,
    }


def _what(world: World, wait: Wait) -> str:
    noun, found = BY_NAME[wait.on.noun], world.find(wait.on)
    return noun.called(found) if found is not None else f"{noun.name} ?"
