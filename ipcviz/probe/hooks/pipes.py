"""Hooks on Pipe: its making, the text of what is sent, and what else is done with an end."""

import os

from ipcviz.log import table
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.places import frame_at, is_own, made_by_library, site
from ipcviz.probe.core.texts import text_of
from ipcviz.probe.hooks.port import Port, discover, port_of


def patch_pipe(module):
    """`Pipe`, and of its ends `send`, `_close`, `fileno` and `recv_bytes_into`.

    Safe because each calls the original, once, with the same arguments.
    """
    _patch_making(module)
    _patch_send(module._ConnectionBase)
    _patch_close(module.Connection)
    _patch_fileno(module._ConnectionBase)
    _patch_recv_into(module._ConnectionBase)


def _patch_making(module):
    pipe = module.Pipe

    def watched_pipe(duplex=True):
        first, second = pipe(duplex)
        if report.active and not made_by_library(2):
            _tell_made(first, second, duplex)
        return first, second

    patches.apply((module, "Pipe", watched_pipe))


def _tell_made(first, second, duplex):
    ledger = report.ledger()
    inodes = [os.fstat(end._handle).st_ino for end in (first, second)]
    for inode, other in (inodes, inodes[::-1]):
        row = ledger.channel(inode)
        if not row:
            return
        ledger.words[row + books.C_KIND] = books.K_PIPE
        ledger.words[row + books.C_ALIAS] = other if duplex else 0
    for end in (first, second):
        discover(end)
    report.event(
        table.CHANNEL_MADE, site=site(3), channel=inodes[0], maxsize=0, other=inodes[1] if duplex else 0,
        kind="Pipe", inside="",
    )  # fmt: skip


def _patch_send(owner):
    """`send`: the text of the object rides along; the message itself is told where it is written."""
    send = owner.send

    def watched_send(self, obj):
        port = port_of(self)
        if port is None or not port.of_pipe or not report.active:
            return send(self, obj)
        report.wait_while_held()
        local = report.per_thread
        # A signal handler may send something of its own meanwhile.
        before, local.text = local.text, text_of(obj)
        try:
            return send(self, obj)
        finally:
            local.text = before

    patches.apply((owner, "send", watched_send))


def _patch_close(owner):
    """`_close`, which `close` and the end of the object call: one copy of this end is gone."""
    close = owner._close

    def _close(self, *args, **kwargs):
        port = port_of(self)
        result = close(self, *args, **kwargs)
        if port is not None and port.of_pipe:
            report.event(table.CHANNEL_CLOSED, site=site(), channel=port.key, role=port.role)
        return result

    patches.apply((owner, "_close", _close))


def _patch_fileno(owner):
    fileno = owner.fileno

    def watched_fileno(self):
        answer = fileno(self)
        port = self._ipcviz
        if type(port) is Port and port.of_pipe and report.active and is_own(frame_at(1)):
            # `connection.wait` and selectors ask too; that is nobody's question.
            report.event(table.CHANNEL_ASKED, site=site(), channel=port.key, answer=answer, method="fileno")
        return answer

    patches.apply((owner, "fileno", watched_fileno))


def _patch_recv_into(owner):
    """`recv_bytes_into`: `BufferTooShort` carries the whole message, which is taken all the same."""
    recv_into = owner.recv_bytes_into

    def watched_recv_into(self, buf, offset=0):
        try:
            return recv_into(self, buf, offset)
        except Exception as error:
            port = port_of(self)
            if port is not None and port.of_pipe and type(error).__name__ == "BufferTooShort":
                report.event(table.GET_FAILED, site=site(), channel=port.key, error="BufferTooShort")
            raise

    patches.apply((owner, "recv_bytes_into", watched_recv_into))
