"""The box of a queue: its slots, in at the left, out at the right, and what is said below it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip, middle_clip
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Asked, Channel, Item, Place, Raised

MOST_ROWS = 4
"""A queue of more slots than fit in this many rows shows the next to be taken, and how many more."""
NARROWEST, WIDEST = 3, 15
"""Cells inside a slot."""
NARROW = 30
"""In a middle below this many cells slots may be as narrow as they get."""


@dataclass(frozen=True)
class Box:
    """Where the slots of a channel are."""

    x: int
    y: int
    """Its title; the box begins one row below."""
    per_row: int
    rows: int
    slot_width: int
    slot_height: int
    slots: int
    """How many are drawn."""
    below: int
    """Rows below the box: for what lies in buffers, for what is unfinished or lost."""

    @property
    def width(self) -> int:
        """Cells from wall to wall, walls included."""
        return self.per_row * (self.slot_width + 1) + 1

    @property
    def height(self) -> int:
        """Rows of the title, the box and what is said below."""
        return 1 + self.rows * (self.slot_height + 1) + 1 + self.below

    @property
    def bottom(self) -> int:
        """The row of its lower wall."""
        return self.y + 1 + self.rows * (self.slot_height + 1)

    @property
    def way_in(self) -> int:
        """The row at which items come in: the last row of slots."""
        return self.slot(self.slots - 1)[1] + self.slot_height // 2

    @property
    def way_out(self) -> int:
        """The row at which items leave: the first row of slots."""
        return self.slot(0)[1] + self.slot_height // 2

    def slot(self, index: int) -> tuple[int, int]:
        """Upper left cell of the slot of the item that is `index` places from leaving."""
        row, place = divmod(min(index, self.slots - 1), self.per_row)
        x = self.x + 1 + (self.per_row - 1 - place) * (self.slot_width + 1)
        return x, self.y + 2 + row * (self.slot_height + 1)


def plan(channel: Channel, width: int, height: int) -> Box:
    """The box that fits into `width` cells, its slots `height` rows high, at the origin."""
    wanted = channel.maxsize or max(1, (width - 1) // 7)
    below = 0 if channel.kind == "SimpleQueue" else 2 if _last_line(channel) else 1
    below += len(_notes(channel))
    for rows in range(1, MOST_ROWS + 1):
        per_row = -(-wanted // rows)
        slot = (width - 1) // per_row - 1
        if slot >= (NARROWEST if width < NARROW else NARROWEST + 1):
            return Box(0, 0, per_row, rows, min(slot, WIDEST), height, wanted, below)
    per_row = max(1, (width - 1) // (NARROWEST + 2))
    rows = 2 if height > 1 else 3
    return Box(0, 0, per_row, rows, (width - 1) // per_row - 1, height, per_row * rows, below)


def _last_line(channel: Channel) -> bool:
    return channel.kind == "JoinableQueue" or bool(channel.lost_items)


def draw(
    canvas: Canvas, scene: Scene, channel: Channel, box: Box, middle: tuple[int, int], on_the_way: set[int]
) -> None:
    """Draw title, box, items, buffers and the count of unfinished tasks.

    `middle` is the first cell and the width of the room between the columns, `on_the_way` the `id` of
    each item that is drawn elsewhere.
    """
    _title(canvas, scene, channel, box)
    _walls(canvas, channel, box)
    items = next_items(channel, box.slots)
    hidden = max(0, len(channel.pipe) + sum(map(len, channel.buffers.values())) - box.slots)
    for index, item in enumerate(items):
        x, y = box.slot(index)
        if hidden and index == box.slots - 1:
            _fill(canvas, box, x, y, f"+{hidden + 1}", "text!", solid=False)
        elif id(item) in on_the_way:
            _fill(canvas, box, x, y, "·", "dim", solid=False)
        elif item.place is Place.PIPE:
            text = short(item.text, box.slot_width)
            _fill(canvas, box, x, y, text, scene.colour(item.producer) + "#", solid=True)
        else:
            text = _hollow(item.text, box.slot_width)
            _fill(canvas, box, x, y, text, scene.colour(item.producer) + "!", solid=False)
    _buffers(canvas, scene, channel, middle, box.bottom + 1)
    y = box.bottom + 1 + (channel.kind != "SimpleQueue")
    if channel.kind == "JoinableQueue":
        _unfinished(canvas, scene, channel, middle, y)
        y += 1
    elif channel.lost_items:
        said = _("lost in the feeder: {count}", count=channel.lost_items)
        canvas.put_middle(middle[0], y, middle[1], said, "bad!")
        y += 1
    for row, (text, style) in enumerate(note(scene, channel), start=y):
        _say(canvas, row, middle, text, style)


Notes = list[tuple[str, str]]
"""Sentences with their styles."""


def note(scene: Scene, channel: Channel) -> Notes:
    """What the channel was asked last, beside what was true then; and what a method of it raised last."""
    found = _notes(channel)
    newest = max((it.time for it in found), default=0)
    said = [_asked(scene, it) if isinstance(it, Asked) else _raised(scene, it) for it in found]
    return [
        (text, style if it.time == newest else "dim") for it, (text, style) in zip(found, said, strict=True)
    ]


def _notes(channel: Channel) -> list[Asked | Raised]:
    return [it for it in (channel.asked, channel.raised) if it is not None]


def _asked(scene: Scene, it: Asked) -> tuple[str, str]:
    who = scene.name(scene.world.process(it.process))
    answer = str(it.answer) if it.method in ("qsize", "fileno") else str(bool(it.answer))
    said = _("{who} asked {method}(): {answer}", who=who, method=it.method, answer=answer)
    if it.method not in ("qsize", "empty", "full"):
        return f"? {said}", "key"
    truth = _("truth then: {buffers} in buffers, {pipe} in the pipe", buffers=it.in_buffers, pipe=it.in_pipe)
    wrong = it.method == "empty" and bool(it.answer) and it.fill > 0
    return f"? {said}  {truth}", "wait!" if wrong else "key"


def _raised(scene: Scene, it: Raised) -> tuple[str, str]:
    who = scene.name(scene.world.process(it.process))
    return "✘ " + _("{who}: {call} raised {error}", who=who, call=it.call, error=it.error), "bad"


def _hollow(text: str, width: int) -> str:
    """An item that is not in the pipe yet stands in brackets, where there is room for them."""
    bare = short(text, width)
    inner = short(text, width - 2)
    return f"({inner})" if "…" not in inner or "…" in bare else bare


def next_items(channel: Channel, most: int) -> list[Item]:
    """The first items that will leave; a queue may hold a hundred thousand."""
    items = list(islice(channel.pipe.values(), most))
    if len(items) < most:
        waiting = [item for buffer in channel.buffers.values() for item in islice(buffer.values(), most)]
        waiting.sort(key=lambda item: (item.moved, item.producer, item.ordinal))
        items += waiting[: most - len(items)]
    return items


def short(text: str, width: int) -> str:
    """An item in at most `width` cells: without its quotes, then cut in the middle."""
    if cell_len(text) <= width:
        return text
    if len(text) > 2 and text[0] in "'\"" and text[-1] == text[0]:
        text = text[1:-1]
    return middle_clip(text, width, 2 if width < 8 else 3)


def _title(canvas: Canvas, scene: Scene, channel: Channel, box: Box) -> None:
    fill = f"{channel.fill}/{channel.maxsize}" if channel.maxsize else str(channel.fill)
    state, style = "", ""
    if channel.full:
        state, style = f" {_('FULL')} ", "wait#"
    elif not channel.fill:
        state, style = f" {_('EMPTY')} ", "dim#"
    kind = channel.kind if channel.label.lower() != channel.kind.lower() else ""
    inside = _("inside of {owner}:", owner=channel.inside) if channel.inside else ""
    parts = [(inside, "dim"), (scene.title(channel), "text!"), (kind, "dim"), (fill, "text!"), (state, style)]
    parts = [part for part in parts if part[0]]
    if sum(cell_len(text) + 2 for text, _style in parts) - 2 > canvas.width:
        parts = [part for part in parts if part[0] != kind]
    width = sum(cell_len(text) + 2 for text, _style in parts) - 2
    x = max(0, box.x + (box.width - width) // 2)
    for text, text_style in parts:
        x = canvas.put(x, box.y, text, text_style) + 2


def _walls(canvas: Canvas, channel: Channel, box: Box) -> None:
    def wall(left: str, cross: str, right: str) -> str:
        return left + cross.join(["─" * box.slot_width] * box.per_row) + right

    for row in range(box.rows + 1):
        y = box.y + 1 + row * (box.slot_height + 1)
        ends = ("┌", "┬", "┐") if row == 0 else ("└", "┴", "┘") if row == box.rows else ("├", "┼", "┤")
        canvas.put(box.x, y, wall(*ends), "line")
        if row < box.rows:
            for inner in range(1, box.slot_height + 1):
                for post in range(box.per_row + 1):
                    canvas.put(box.x + post * (box.slot_width + 1), y + inner, "│", "line")
    # A row that the last slots do not fill has no slots there.
    for index in range(box.slots, box.per_row * box.rows):
        x = box.x + 1 + (box.per_row - 1 - index % box.per_row) * (box.slot_width + 1)
        y = box.y + 2 + (box.rows - 1) * (box.slot_height + 1)
        for inner in range(box.slot_height):
            canvas.put(x, y + inner, "░" * box.slot_width, "line")
    if not channel.maxsize:
        for y in range(box.y + 2, box.bottom):
            canvas.put(box.x, y, " ", "line")
        canvas.put(box.x, box.y + 1, "─", "line")
        canvas.put(box.x, box.bottom, "─", "line")


def _fill(canvas: Canvas, box: Box, x: int, y: int, text: str, style: str, *, solid: bool) -> None:
    for row in range(box.slot_height):
        if row == box.slot_height // 2:
            canvas.put_middle(x, y + row, box.slot_width, text, style)
        elif solid:
            canvas.put(x, y + row, " " * box.slot_width, style)


def _say(canvas: Canvas, y: int, middle: tuple[int, int], text: str, style: str) -> None:
    """A sentence below the box; it may be wider than the middle where nothing stands beside it."""
    width = cell_len(text)
    x = max(1, min(middle[0], canvas.width - 1 - width))
    while x < middle[0] and y < canvas.height and canvas.blank(x, y) < min(width, canvas.width - x):
        x += 1
    canvas.put(x, y, clip(text, min(width, canvas.blank(x, y) if y < canvas.height else width)), style)


def _buffers(canvas: Canvas, scene: Scene, channel: Channel, middle: tuple[int, int], y: int) -> None:
    """What lies in the producers' own memory; it has a slot but is not in the pipe yet."""
    x, width = middle
    end = x + width
    for producer, buffer in channel.buffers.items():
        if not buffer:
            continue
        name = scene.name(scene.world.process(producer))
        lead = _("buffer of {who}:", who=name) + " "
        if x + cell_len(lead) + 3 > end:
            canvas.put(x, y, "…", "dim")
            return
        x = canvas.put(x, y, lead, "dim")
        for number, item in enumerate(buffer.values()):
            text = f"({short(item.text, 8)})"
            more = f"+{len(buffer) - number}"
            if x + cell_len(text) + (len(more) if number < len(buffer) - 1 else 0) > end:
                x = canvas.put(x, y, more, "text")
                break
            x = canvas.put(x, y, text, scene.colour(producer) + "!")
        x += 2


def _unfinished(canvas: Canvas, scene: Scene, channel: Channel, middle: tuple[int, int], y: int) -> None:
    said = _("unfinished {count}", count=channel.unfinished)
    x = middle[0] + max(0, (middle[1] - cell_len(said) - 14) // 2)
    x = canvas.put(x, y, said, "text!" if channel.unfinished else "good!")
    if scene.recent(channel.done_at):
        who = scene.name(scene.world.process(channel.done_by))
        flash = "◀ " + _("task_done from {who}", who=who)
        canvas.put(x + 2, y, clip(flash, canvas.blank(x + 2, y)), "good!")
