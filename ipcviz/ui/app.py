"""The app: hands keys to the controller and the screens, and ends the program however it is left."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App, SystemCommand
from textual.screen import Screen

from ipcviz import words
from ipcviz.ui import shot
from ipcviz.ui.controller import Controller
from ipcviz.ui.drawn import Drawn
from ipcviz.ui.keys import KEYS, KeyScreen, bindings
from ipcviz.ui.menu import LessonList, MenuScreen
from ipcviz.ui.run import RunScreen
from ipcviz.ui.runner import Start
from ipcviz.ui.theme import DARK, LIGHT, themes
from ipcviz.words import _
from ipcviz.world.names import signal_name

if TYPE_CHECKING:
    from ipcviz.lessons import Lesson
    from ipcviz.log.log import Log
    from ipcviz.run.session import Program

FPS = 30
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class IpcvizApp(App[None]):
    """See how Python processes talk to each other."""

    TITLE = "ipcviz"
    CSS_PATH = "ipcviz.tcss"
    BINDINGS = bindings()  # type: ignore[assignment]
    ENABLE_COMMAND_PALETTE = True
    AUTO_FOCUS = None

    def __init__(
        self,
        lesson: Lesson | None = None,
        program: Program | None = None,
        replay: tuple[str, Log] | None = None,
        pace: str = "live",
        lang: str | None = None,
        ascii: bool = False,
        start: Start | None = None,
        theme: str = DARK,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        words.use(words.choose(lang))
        super().__init__()
        for ours in themes():
            self.register_theme(ours)
        self.theme = theme
        Drawn.ascii = ascii
        self.controller = Controller(start, pace)
        self.view = RunScreen(self.controller, motion=self.animation_level != "none")
        self.lesson = lesson
        self.program = program
        self.replay = replay
        self._clock = clock
        self._last_frame = clock()
        self._lessons: list[Lesson] | None = None

    # Start and end.

    def get_default_screen(self) -> Screen[Any]:
        """The menu, unless it was said what to show."""
        if self.lesson or self.program or self.replay:
            return self.view
        return MenuScreen(self.lessons)

    def on_mount(self) -> None:
        """Everything stands: signals, the frame clock, the first program."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._leave, 128 + number)
        self.set_interval(1 / FPS, self._frame)
        if self.lesson or self.program or self.replay:
            self.begin()

    async def on_unmount(self) -> None:
        """The program goes with the screen."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.remove_signal_handler(number)
        await asyncio.to_thread(self.controller.close)

    async def run_async(self, *args: Any, **kwargs: Any) -> None:
        """Run until somebody leaves; also an exception on the way leaves no process behind."""
        try:
            await super().run_async(*args, **kwargs)
        finally:
            await asyncio.to_thread(self.controller.close)

    def _leave(self, code: int) -> None:
        self.exit(return_code=code)

    # What is on the stage.

    @property
    def lessons(self) -> list[Lesson]:
        """What there is to teach; read when it is first asked for."""
        if self._lessons is None:
            from ipcviz import lessons

            self._lessons = lessons.all()
        return self._lessons

    def begin(self) -> None:
        """Show what was chosen, from its beginning."""
        if self.screen is not self.view and isinstance(self.screen, MenuScreen):
            self.push_screen(self.view)
        if self.replay is not None:
            title, log = self.replay
            self.controller.watch(log, replay=True)
            self.view.begin(title)
            return
        self.run_worker(self._begin_program(), group="program", exit_on_error=True)

    async def _begin_program(self) -> None:
        program, title = self._wanted()
        from ipcviz.log.log import Log
        from ipcviz.run.session import StartError

        self.controller.watch(Log())
        self.view.begin(title)
        try:
            started = await self.controller.start(program)
        except (StartError, OSError) as error:
            self.view.complain(str(error))
            return
        if started:
            self.view.begin(title)

    def _wanted(self) -> tuple[Program, str]:
        if self.program is not None:
            argv = self.program.argv
            title = self.program.title or (argv[1] if argv[0] == "-m" else Path(argv[0]).name)
            if self.lesson is not None:
                title = self._lesson_title(self.lesson)
            return self.program, title
        assert self.lesson is not None
        from ipcviz.run.session import Program

        return Program([str(self.lesson.path)]), self._lesson_title(self.lesson)

    def _lesson_title(self, lesson: Lesson) -> str:
        number = self._number_of(lesson)
        return f"{number}  {words.of(lesson.title)}" if number else words.of(lesson.title)

    def _number_of(self, lesson: Lesson) -> int:
        return next((n for n, it in enumerate(self.lessons, start=1) if it.id == lesson.id), 0)

    # One frame.

    def _frame(self) -> None:
        now = self._clock()
        dt, self._last_frame = (now - self._last_frame) / 1e9, now
        view = self.view
        if not view.is_attached:
            return
        self.controller.advance(min(dt, 0.25), now)
        view.tell()
        self.controller.adapt((self._clock() - now) / 1e9)
        # A slow terminal: what cannot be written yet would only make the keys wait.
        if self._writes_waiting() <= 1 and self.screen is view:
            view.draw()

    def _writes_waiting(self) -> int:
        writer = getattr(self._driver, "_writer_thread", None)
        return writer._queue.qsize() if writer is not None else 0

    # The keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that belong to a run do nothing in the menu."""
        if action in _RUNNING and self.screen is not self.view:
            return False
        return super().check_action(action, parameters)

    def action_lesson(self, number: int) -> None:
        """Start a lesson by its number."""
        if 1 <= number <= len(self.lessons):
            self.lesson, self.program, self.replay = self.lessons[number - 1], None, None
            self.begin()

    def on_lesson_list_chosen(self, message: LessonList.Chosen) -> None:
        """The same, out of the menu."""
        self.action_lesson(message.number)

    def action_next(self, by: int) -> None:
        """The lesson before or behind this one."""
        if self.lessons:
            here = self._number_of(self.lesson) if self.lesson is not None else (0 if by > 0 else 1)
            self.action_lesson((here - 1 + by) % len(self.lessons) + 1)

    def action_restart(self) -> None:
        """From the beginning."""
        self.begin()

    def action_pause(self) -> None:
        """Stop, or go on; the program too."""
        self.controller.toggle_pause()
        self.view.follow()

    def action_step(self) -> None:
        """On to the next thing that is told."""
        self.controller.step()
        self.view.follow()

    def action_step_back(self) -> None:
        """Back to what was told before."""
        self.controller.step_back()
        self.view.follow()

    def action_jump(self, seconds: int) -> None:
        """Go by some seconds in a recording."""
        self.controller.jump(seconds)
        self.view.follow()

    def action_faster(self) -> None:
        """The next faster pace."""
        self.controller.faster()
        self.view.follow()

    def action_slower(self) -> None:
        """The next slower pace."""
        self.controller.slower()
        self.view.follow()

    def action_output(self) -> None:
        """Show or hide what the program writes."""
        self.view.toggle_output()

    def action_code(self) -> None:
        """Show or hide the code that runs."""
        self.view.toggle_source()

    def action_inside(self) -> None:
        """Open or close the library's own parts."""
        self.view.toggle_inside()

    def action_choose(self, by: int) -> None:
        """Choose another process of those that live."""
        if self.controller.live:
            self.view.choose(by)
        else:
            self.notify(_("only the processes of a running program can be chosen"))

    def action_signal(self, number: int) -> None:
        """Send a signal to the process that was chosen."""
        view = self.view
        if not self.controller.live:
            self.notify(_("only the processes of a running program can be chosen"))
        elif not view.chosen:
            self.notify(_("choose a process with tab first"))
        else:
            process = view.player.world.process(view.chosen)
            who, name = f"{process.id} {process.label}", signal_name(number)
            if self.controller.send_signal(view.chosen, number):
                view.note(_("you sent {signal} to {who}", signal=name, who=who))
            else:
                self.notify(_("{who} has ended already", who=who))

    def action_picture(self) -> None:
        """Save a picture of the screen."""
        try:
            path = shot.save(shot.svg(self, "ipcviz"), Path.cwd(), self._picture_name())
        except OSError as error:
            self.notify(_("no picture: {error}", error=error), severity="error")
        else:
            self.notify(_("picture saved: {path}", path=path))

    def _picture_name(self) -> str:
        if self.screen is not self.view:
            return "ipcviz"
        what = self.lesson.id if self.lesson is not None else self.view.title_text
        what = re.sub(r"[^\w.-]+", "-", what).strip("-.") or "run"
        return f"ipcviz-{what}-{self.view.status.status.seconds:.1f}s"

    def action_theme(self) -> None:
        """Dark or light."""
        self.theme = LIGHT if self.current_theme.dark else DARK

    async def action_menu(self) -> None:
        """Back to the lessons."""
        await self.controller.end()
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            self.view = RunScreen(self.controller, motion=self.view.motion)
            await self.switch_screen(MenuScreen(self.lessons))

    def action_scroll(self, by: int) -> None:
        """Move the stage."""
        self.view.stage.scroll(by)

    def action_look_back(self, pages: int) -> None:
        """Go back in the story."""
        self.view.scroll_lines(pages)

    def action_keys(self) -> None:
        """Show all keys."""
        self.push_screen(KeyScreen())

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette knows what the keys know."""
        for it in KEYS:
            if it.action == "lesson":
                for number, lesson in enumerate(self.lessons, start=1):
                    title = f"{number}  {words.of(lesson.title)}"
                    yield SystemCommand(title, _(it.says), lambda n=number: self.action_lesson(n))
            elif it.word and not (it.running and screen is not self.view):
                yield SystemCommand(f"{_(it.word)} ({it.shown})", _(it.says), self._doing(it.action))

    def _doing(self, action: str) -> Callable[[], Any]:
        async def do() -> None:
            await self.run_action(action)

        return lambda: self.call_later(do)


_RUNNING = {it.action.partition("(")[0] for it in KEYS if it.running}
