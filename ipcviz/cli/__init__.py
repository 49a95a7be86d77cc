"""The command line: parse what was asked for and hand it to the part that does it, nothing else."""

from ipcviz.cli.group import main

__all__ = ["main"]
