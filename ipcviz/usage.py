"""The help page of `ipcviz` itself, a plain text, so that it is there before anything is loaded."""

HELP = """\
Usage: ipcviz [OPTIONS] [COMMAND] [ARGS]...

  See how Python processes talk to each other: queues that fill and block,
  who waits for whom. Programs are run for real and are not changed.

Commands:
  (none)                       Choose a lesson from the menu.
  run LESSON|SCRIPT.py         Run a lesson or a program and watch it live.
  record -o TRACE LESSON|...   The same without a screen, for later.
  replay TRACE                 Watch a recorded run, forward and back.
  stats TRACE                  What happened in a recorded run, in figures.
  lessons                      What there is to teach.

  `ipcviz COMMAND --help` shows the options of a command.

Options:
  --lang [en|zh]  Language of the screen; without it, $LANG decides.
  --ascii         Draw with plain ASCII signs only.
  -V, --version   Show the version and exit.
  -h, --help      Show this page and exit.

Examples:
  ipcviz run queue-bounded             watch a lesson
  ipcviz run --pace 1/10 prog.py a b   watch a program of your own, slowly
  ipcviz record -o t.trace prog.py     record it, with its own exit code
  ipcviz stats t.trace --json          for other programs to read

NO_COLOR=1 in the environment turns colours off. Completion in bash (zsh and
fish alike): eval "$(_IPCVIZ_COMPLETE=bash_source ipcviz)"
"""
