"""The story's sentences about the program as a whole: how it began, how it ended, why nobody can go on."""

from __future__ import annotations

from ipcviz import words
from ipcviz.log import events as e
from ipcviz.tell.sentence import Said, Telling
from ipcviz.words import _
from ipcviz.world import World
from ipcviz.world.names import process_name
from ipcviz.world.verdict import verdict


def why_ended(world: World) -> str:
    """How the program ended, in one line; empty while it runs."""
    end = world.ended
    if end is None:
        return ""
    if end.outcome == "finished":
        return _("finished")
    word = {
        "failed": _("failed"),
        "killed": _("killed"),
        "interrupted": _("interrupted"),
        "stuck": _("stuck"),
    }
    return f"{word.get(end.outcome, end.outcome)}: {_why(world, end)}"


def why_stuck(world: World) -> str:
    """Why nobody can go on, in the language of the room; empty while somebody can."""
    global _told_stuck
    stuck = world.stuck
    if stuck is None:
        return ""
    # The screen asks with every frame, and among hundreds of processes the answer takes its time.
    if stuck is not _told_stuck[0] or words.language() != _told_stuck[1]:
        _told_stuck = (stuck, words.language(), _why_stuck(world, stuck))
    return _told_stuck[2]


_told_stuck: tuple[e.StuckSeen | None, str, str] = (None, "", "")
"""The newest verdict that was told, in which language, and the sentence."""


def _why_stuck(world: World, stuck: e.StuckSeen) -> str:
    # Its own sentence is English; the world is still the one it was said of.
    found = verdict(world, _)
    why = found.sentence if found is not None else stuck.why
    return _("nobody can go on: {why}", why=why) if stuck.certain else _(
        "probably nobody can go on: {why}", why=why)  # fmt: skip


def _why(world: World, end: e.ProgramEnded) -> str:
    for process in world.processes.values():
        if process.error and process.exitcode:
            return _("{who} ended with exit code {code}: {error}",
                     who=process.label, code=process.exitcode, error=process.error)  # fmt: skip
    return end.why or _("exit code {code}", code=end.exitcode)


def _program_started(_ev: e.ProgramStarted, _world: World) -> Said:
    return "note", _("the program starts")


def _program_ended(ev: e.ProgramEnded, world: World) -> Said:
    mood = "good" if ev.outcome == "finished" else "bad"
    return mood, _("the program is over: {how}", how=why_ended(world))


def _lost(ev: e.EventsLost, world: World) -> Said:
    return "bad", _(
        "{count} reports of {who} were lost", count=ev.how_many, who=process_name(world, ev.whose)
    )


def _unwatched(ev: e.UnwatchedSeen, world: World) -> Said:
    return "bad", _("{count} processes run unwatched: there are too many", count=ev.how_many)


def _stuck(_ev: e.StuckSeen, world: World) -> Said:
    return "bad", why_stuck(world)


TELL: Telling = {
    e.ProgramStarted: _program_started,
    e.ProgramEnded: _program_ended,
    e.EventsLost: _lost,
    e.UnwatchedSeen: _unwatched,
    e.StuckSeen: _stuck,
}
