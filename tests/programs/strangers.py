"""Starts processes that are not watched, in every way, and one that cannot be started.

    strangers.py [PYTHON]

With an interpreter that is too old to be watched, a child of `multiprocessing` runs in it.
"""

import multiprocessing as mp
import os
import subprocess
import sys
import time


def child(seconds=0.0):
    time.sleep(seconds)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        mp.set_start_method("spawn")
        mp.set_executable(sys.argv[1])
        process = mp.Process(target=child, args=(1.2,), name="old")
        process.start()
        process.join()
        print(process.exitcode)
        sys.exit()
    said = subprocess.run([sys.executable, "-c", "print(5)"], capture_output=True, text=True)  # @run
    print(said.stdout.strip())
    subprocess.run("exit 3", shell=True, check=False)  # @shell
    pid = os.posix_spawn("/bin/true", ["/bin/true", "spawned"], os.environ)  # @posix_spawn
    print(os.waitpid(pid, 0)[1])
    pid = os.fork()
    if not pid:
        os.execvp("true", ["true", "executed"])  # @exec
    print(os.waitpid(pid, 0)[1])
    try:
        os.execv(__file__, ["not executable"])
    except PermissionError as error:
        print(error.errno)
    try:
        subprocess.run(["/there/is/none"], check=False)
    except FileNotFoundError as error:
        print(error.filename)
    print(os.system("sleep 1.6"))
    process = mp.get_context("spawn").Process(target=child, name="watched")
    process.start()
    process.join()
