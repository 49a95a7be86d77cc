"""EOF comes when the last copy of the other end is closed, not when one of them is.

The parent sends ten letters and closes its end. The child got both ends, so it closes the one it
does not use; otherwise its own copy would keep the pipe open and recv() would wait for ever.
"""

from multiprocessing import Pipe, Process
from time import sleep


def child(parent_end, child_end):
    sleep(0.6)  # for this long the child holds a copy of both ends
    parent_end.close()  # without this line there is never an EOF
    while True:
        try:
            letter = child_end.recv()
        except EOFError:
            print("child: EOF, nobody can send any more", flush=True)
            break
        print("child: received", letter, flush=True)
        sleep(0.2)
    child_end.close()


if __name__ == "__main__":
    parent_end, child_end = Pipe()
    reader = Process(target=child, args=(parent_end, child_end), name="child")
    reader.start()
    child_end.close()  # only the child reads here
    for letter in "abcdefghij":
        parent_end.send(letter)
        sleep(0.1)
    sleep(0.5)
    parent_end.close()
    reader.join()
    print("main: the child has ended")
