"""Every method of a pipe's end once: objects and bytes, poll, fileno, close, and what each of them raises.

After a message that was longer than maxlength, a one-way end is closed; BufferTooShort carries the whole
message that did not fit.
"""

from multiprocessing import BufferTooShort, Pipe, Process
from time import sleep


def answer(end):
    print("child: poll(2) is", end.poll(2), flush=True)
    print("child: recv_bytes:", end.recv_bytes(), flush=True)
    room = bytearray(6)
    print("child: recv_bytes_into:", end.recv_bytes_into(room, 1), "bytes", bytes(room), flush=True)
    try:
        end.recv_bytes_into(bytearray(3))
    except BufferTooShort as error:
        print("child: BufferTooShort:", error.args[0], flush=True)
    end.send({"answer": 42})


if __name__ == "__main__":
    here, there = Pipe()  # both ends send and receive
    child = Process(target=answer, args=(there,), name="child")
    child.start()
    sleep(0.8)
    here.send_bytes(b"a message", 2, 7)  # offset 2, size 7
    here.send_bytes(b"12345")
    here.send_bytes(b"too long")
    print("main: recv:", here.recv())
    print("main: poll() is", here.poll(), "and fileno() is an int:", isinstance(here.fileno(), int))
    child.join()
    reader, writer = Pipe(duplex=False)  # one way
    writer.send_bytes(b"eight by")
    try:
        reader.recv_bytes(5)  # maxlength
    except OSError as error:
        print("main: OSError:", error, "- closed:", reader.closed)
    try:
        writer.send("anyone?")
    except BrokenPipeError:
        print("main: BrokenPipeError, nobody can read any more")
