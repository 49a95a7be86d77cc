"""The front door: answers `--help` and `--version` at once, opens the command line for the rest."""

import sys

from ipcviz import __version__, usage


def main() -> None:
    """Start `ipcviz`."""
    asked = sys.argv[1:]
    if asked in (["--help"], ["-h"]):
        sys.stdout.write(usage.HELP)
    elif asked in (["--version"], ["-V"]):
        sys.stdout.write(f"ipcviz {__version__}\n")
    else:
        # Loading click alone takes three times as long as starting Python.
        from ipcviz import cli

        cli.main(prog_name="ipcviz")


if __name__ == "__main__":
    main()
