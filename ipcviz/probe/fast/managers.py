"""Short-cuts of a manager's calls: requests and answers that are made of atoms only."""

import sys

from ipcviz.probe.core import patches, report
from ipcviz.probe.fast.connections import CONNECTION
from ipcviz.probe.fast.known import is_known
from ipcviz.probe.fast.messages import are_atoms, pickler_of, write_whole
from ipcviz.probe.fast.pipes import CALLS
from ipcviz.probe.hooks import managers


def shorten_managers(module):
    """`BaseProxy._connect` tags the connection for `pipes.short_send`; answers go the same way.

    Safe because the bytes are those of the original; who waits for a request, or for its answer, waits for
    nothing else, so there is room for it.
    """
    server = "multiprocessing.managers:Server.serve_client"
    proxy = ("multiprocessing.managers:BaseProxy._callmethod", "multiprocessing.managers:BaseProxy._connect")
    if not is_known(*CONNECTION, *proxy, server):
        return
    connections = sys.modules["multiprocessing.connection"]
    pickler = pickler_of(connections)
    connect, send_answer = module.BaseProxy._connect, managers.send_answer

    def _connect(self):
        connect(self)
        connection = self._tls.connection
        # Not over TCP: there a first failing write takes the error away from the library's own.
        local = type(self._token.address) is str
        if report.active and local and type(connection) is connections.Connection:
            connection._ipcviz = CALLS

    def short_answer(conn, message):
        if type(conn) is connections.Connection and type(message) is tuple and are_atoms(message):
            dumps = pickler()
            if dumps is not None and write_whole(conn, dumps(message)):
                return None
        return send_answer(conn, message)

    patches.apply((module.BaseProxy, "_connect", _connect))
    patches.replace(managers, "send_answer", short_answer)
