"""A terminal for tests: what programs write to it, and what is then to be seen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
import threading
from types import TracebackType

_PIECES = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


class Terminal:
    """A pseudo-terminal that is read as long as it is open. Use it as a context manager.

    Attributes:
        end: The descriptor that a program writes to.
        written: All that was written.
    """

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self._here, self.end = pty.openpty()
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, size)
        self.written = ""
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self._here, 65536)
            except OSError:  # nobody has the other end any more
                return
            if not part:
                return
            self.written += part.decode()

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._here, keys)

    def seen(self) -> list[str]:
        """The lines on an endless screen."""
        return seen(self.written)

    def close(self) -> None:
        """Take it from the program, and read what it has written last."""
        if self.end >= 0:
            os.close(self.end)
            self.end = -1
            self._thread.join(10)
            os.close(self._here)

    def __enter__(self) -> Terminal:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def seen(written: str) -> list[str]:
    """The lines that are to be seen, once this was written to an endless screen."""
    lines, row, column = [""], 0, 0
    for found in _PIECES.finditer(written):
        number, order, end, text = found.groups()
        if text:
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
        elif end == "\r":
            column = 0
        elif end == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif order == "A":
            row -= int(number or 1)
        elif order == "K":
            lines[row] = "" if number == "2" else lines[row][:column]
        else:
            assert order in "mhl", found[0]
    return [line.rstrip() for line in lines]
