"""Recorded-looking runs of the three lessons, written event by event, for the screens' tests."""

from __future__ import annotations

from typing import Any

from ipcviz.log import codec, table
from ipcviz.log.log import Log
from tests.support.records import encode

MS = 1_000_000
START = 1_000_000_000_000


class Run:
    """Writes a log with a clock of its own."""

    def __init__(self) -> None:
        self.log = Log()
        self.now = START
        self.keys: dict[str, int] = {}

    def after(self, ms: float) -> Run:
        self.now += int(ms * MS)
        return self

    def say(self, who: int, kind: table.Row, text: str = "", *, obj: int = 0, number: int = 0, extra: int = 0,
            thread: int = 0) -> Run:  # fmt: skip
        self.now += 20_000
        self.log.append(
            who, encode(kind, self.now, obj=obj, number=number, extra=extra, text=text, thread=thread)
        )
        return self

    def tell(self, who: int, row: table.Row, **fields: Any) -> Run:
        """An event by the names of its fields."""
        self.now += 20_000
        self.log.append(who, codec.encode(row, self.now, **fields))
        return self

    def main(self, method: str = "fork") -> Run:
        self.say(0, table.PROGRAM_STARTED, number=100)
        return self.say(1, table.PROCESS_BEGAN, f"MainProcess\x1f{method}\x1f0", number=100)

    def queue(self, key: int, kind: str, maxsize: int, name: str) -> Run:
        self.say(1, table.CHANNEL_MADE, f"{kind}\x1f", obj=key, number=maxsize)
        return self.say(0, table.OBJECT_NAMED, name, obj=key)

    def start(self, who: int, name: str, method: str = "fork", daemon: bool = False) -> Run:
        text = f"{name}\x1f{method}\x1f{int(daemon)}"
        self.say(1, table.PROCESS_STARTED, text, obj=who, number=100 + who)
        return self.after(2).say(who, table.PROCESS_BEGAN, text, number=100 + who, extra=1)

    def end(self, who: int, code: int = 0, error: str = "") -> Run:
        if error:
            self.say(who, table.PROCESS_FAILED, error)
        self.say(who, table.PROCESS_ENDING).say(who, table.PROCESS_ENDED)
        return self.after(1).say(1, table.PROCESS_EXITED, obj=who, extra=code)

    def finish(self, code: int = 0, outcome: str = "finished", why: str = "") -> Log:
        self.after(5).say(1, table.PROCESS_ENDING).say(1, table.PROCESS_ENDED)
        self.after(3).say(0, table.PROGRAM_ENDED, f"{outcome}\x1f{why}", extra=code)
        self.log.close()
        return self.log


def queue_bounded(until: str = "") -> Log:
    """Queue(3), ten putters, then ten getters; `until="full"` stops when the tenth waits."""
    run = Run().main().queue(7, "Queue", 3, "q")
    items = "abcdefghij"
    for i in range(10):
        who = 2 + i
        run.after(300).start(who, f"putter-{i + 1}")
        run.after(5)
        if i < 3:
            run.say(who, table.ITEM_PUT, repr(items[i]), obj=7)
            run.after(1).say(who, table.THREAD_NAMED, "QueueFeederThread", thread=1)
            run.say(who, table.ITEM_SENT, obj=7, number=i + 1, thread=1).end(who)
        else:
            run.say(who, table.PUT_WAITING, repr(items[i]), obj=7, extra=-1)
    if until == "full":
        return run.log
    waiting = list(range(3, 10))
    for i in range(10):
        who = 12 + i
        run.after(300).start(who, f"getter-{i + 1}")
        run.after(5).say(who, table.ITEM_TAKEN, obj=7, number=i + 1)
        if waiting:
            j = waiting.pop(0)
            run.say(2 + j, table.ITEM_PUT, repr(items[j]), obj=7)
            run.after(1).say(2 + j, table.THREAD_NAMED, "QueueFeederThread", thread=1)
            run.say(2 + j, table.ITEM_SENT, obj=7, number=j + 1, thread=1).end(2 + j)
        run.after(20).end(who)
    return run.finish()


def prod_cons_none(crash: bool = False) -> Log:
    """Queue(10), producers A, B and C, consumers zyk and kyz, one None for each consumer."""
    run = Run().main("spawn").queue(9, "Queue", 10, "q")
    names = ["A", "B", "C", "zyk", "kyz"]
    for i, name in enumerate(names):
        run.start(2 + i, name, "spawn").after(10)
    if crash:
        for who in (2, 3, 4):
            run.after(5).end(who, 1, "NameError: name 'i' is not defined")
    run.say(5, table.DATA_WAITING, obj=9, extra=-1).after(3).say(6, table.TURN_WAITING, obj=9, extra=-1)
    number, queue = 0, []
    if not crash:
        for i in range(6):
            for who, name in ((2, "A"), (3, "B"), (4, "C")):
                number += 1
                run.after(30).say(who, table.ITEM_PUT, f"'{name}{i}'", obj=9, number=i)
                run.after(1).say(who, table.ITEM_SENT, obj=9, number=number, extra=i, thread=1)
                queue.append(number)
                if number % 2 == 1 or number > 12:
                    run.after(4).say(5 + len(queue) % 2, table.ITEM_TAKEN, obj=9, number=queue.pop(0))
                if name == "B" and i == 4:
                    run.say(2, table.ITEM_PUT, "'A5'", obj=9, number=5)
                    break
            else:
                continue
            break
    return run.log


def joinable_queue() -> Log:
    """JoinableQueue(10), twenty items, task_done for each, the producer joins, the consumer is a daemon."""
    run = Run().main().queue(11, "JoinableQueue", 10, "jq")
    run.start(2, "producer").start(3, "consumer", daemon=True)
    run.say(1, table.JOIN_WAITING, obj=2, extra=-1)
    run.say(3, table.DATA_WAITING, obj=11, extra=-1)
    run.say(2, table.THREAD_NAMED, "QueueFeederThread", thread=1)
    put = taken = 0
    while taken < 20:
        while put < 20 and put - taken < 10:
            run.after(3).say(2, table.ITEM_PUT, f"'item {put}'", obj=11, number=put)
            run.after(1).say(2, table.ITEM_SENT, obj=11, number=put + 1, extra=put, thread=1)
            put += 1
        if put < 20:
            run.say(2, table.PUT_WAITING, f"'item {put}'", obj=11, extra=-1)
        elif put == 20 and taken == 10:
            run.say(2, table.TASKS_WAITING, obj=11)
        taken += 1
        run.after(2).say(3, table.ITEM_TAKEN, obj=11, number=taken)
        run.after(100).say(3, table.TASK_DONE, obj=11, extra=put - taken)
    run.say(2, table.TASKS_FINISHED, obj=11).end(2).say(1, table.JOINED, obj=2)
    run.say(3, table.DATA_WAITING, obj=11, extra=-1)
    return run.finish()


def crowd(n: int = 100) -> Log:
    """A hundred processes at one queue: many ended, many wait."""
    run = Run().main().queue(13, "Queue", 10, "tasks")
    for i in range(n):
        who = 2 + i
        run.start(who, f"worker-{i + 1}").after(1)
        if i < 10:
            run.say(who, table.ITEM_PUT, str(i), obj=13)
            run.say(who, table.ITEM_SENT, obj=13, number=i + 1, thread=1)
            run.end(who, -9 if i == 3 else 0)
        elif i < 50:
            run.say(who, table.PUT_WAITING, str(i), obj=13, extra=-1)
        elif i == 50:
            run.say(who, table.ITEM_TAKEN, obj=13, number=1)
        elif i < 80:
            run.say(who, table.TURN_WAITING, obj=13, extra=-1)
    return run.log
