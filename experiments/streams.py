"""Standard streams: there, and able to show any path."""

import io
import os
import sys


def open_closed_streams() -> None:
    """Let stdin, stdout and stderr, where closed, lead nowhere; for children too.

    Some daemons start programs so. The next file to be opened would get a stream's
    number, and what a library prints would be written into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, this one
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A folder's name need be no text, nor one that the terminal can show.
        sys.stdout.reconfigure(errors="backslashreplace")
