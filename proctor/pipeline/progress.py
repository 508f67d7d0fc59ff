"""What people see while they wait: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from proctor.pipeline.marks import one_line

LOG_SECONDS = 30.0
_BAR_WIDTH = 20
# What is almost done is never done before it is.
_MOST_OF_ONE = 0.9


class Pace:
    """How fast work gets done, several pieces at a time. Times are in seconds, on any clock."""

    def __init__(self) -> None:
        self.running: dict[str, float] = {}
        self._first: float | None = None
        self._count = 0
        self._seconds = 0.0
        self._at_once = 0

    def begin(self, name: str, now: float) -> None:
        """A piece of work is taken up, perhaps again."""
        self._first = now if self._first is None else self._first
        self.running[name] = now
        self._at_once = max(self._at_once, len(self.running))

    def end(self, name: str, now: float) -> None:
        """A piece is done. What was never begun took no work, and says nothing about the rest."""
        begun = self.running.pop(name, None)
        if begun is not None:
            self._count += 1
            self._seconds += now - begun

    def left(self, pieces: int, now: float) -> float | None:
        """How long the rest will take; None as long as nobody can know.

        Args:
            pieces: How many are not done, those that are being worked on included.
            now: The time.
        """
        # The first ones take longer: whoever does them starts with them.
        if self._first is None or self._count < max(self._at_once, 2):
            return None
        usual = max(self._seconds / self._count, 1e-3)
        begun = sum(min((now - since) / usual, _MOST_OF_ONE) for since in self.running.values())
        return (now - self._first) / (self._count + begun) * max(pieces - begun, 0.0)


class Progress:
    """Shows how far a command is. Use it as a context manager; may be called in any thread.

    On a terminal it is a bar, with what is being worked on below it; each line that is said
    appears above. In a log, lines come one after the other, and now and then how far it is.

    Args:
        console: Where to show it.
        done: What has happened to what is done, such as ``graded``.
        total: How much there is to do, if that is known yet.
        again: What to say to who has stopped the command and runs it again.

    Attributes:
        drawn: Whether it is a terminal.
    """

    def __init__(
        self, console: Console, done: str, *, total: int | None = None, again: str = ""
    ) -> None:
        self.drawn = console.is_interactive and console.file.isatty()
        self._console = console
        self._word = done
        self._total = total
        self._again = again
        self._done = 0
        self._earlier = 0
        self._wrong = 0
        self._pace = Pace()
        self._lock = threading.Lock()
        self._logged = time.monotonic()
        self._live = Live(self, console=console, transient=True, refresh_per_second=4)

    def begin(self, name: str, total: int | None = None) -> None:
        """Show that something is being worked on.

        Args:
            name: Its name.
            total: How much there is to do, where that was not known before.
        """
        with self._lock:
            self._total = self._total if total is None else total
            self._pace.begin(name, time.monotonic())

    def end(self, name: str, line: str = "", *, earlier: bool = False, wrong: str = "") -> None:
        """Show that something is done.

        Args:
            name: Its name.
            line: What came of it, for a log.
            earlier: Whether it had been done before, by an earlier command.
            wrong: What went wrong with it; that is said in any case.
        """
        with self._lock:
            self._pace.end(name, time.monotonic())
            self._earlier += earlier
            self._done += not earlier
            self._wrong += bool(wrong)
        if wrong:
            self.say(wrong, style="bold red")
        elif line and not self.drawn:
            self.say(line)
        self._log()

    def say(self, line: str, style: str = "") -> None:
        """Print a line: above the bar, or into the log."""
        self._console.print(Text(one_line(line), style=style), soft_wrap=True)

    def _log(self) -> None:
        now = time.monotonic()
        if self.drawn or now - self._logged < LOG_SECONDS:
            return
        self._logged = now
        self.say(self._words(now))

    def _words(self, now: float | None = None) -> str:
        """How far it is, and from now on how long it will take."""
        with self._lock:
            total = None if self._total is None else self._total - self._earlier
            words = f"{self._done}{'' if total is None else f' of {total}'} {self._word}"
            if now is not None and total is not None and total > self._done:
                left = self._pace.left(total - self._done, now)
                words += "" if left is None else f", about {in_words(left)} left"
            if self._wrong:
                words += f", {self._wrong} went wrong"
            if self._earlier:
                words += f", {self._earlier} had been before"
        return words

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        now = time.monotonic()
        with self._lock:
            total = None if self._total is None else max(self._total - self._earlier, 1)
            done = self._done
            running = sorted(self._pace.running.items(), key=lambda item: item[1])
        head = Table.grid(padding=(0, 1))
        words = self._words(now) if running or done else "starting"
        head.add_row(ProgressBar(total, done, width=_BAR_WIDTH), _unbroken(words))
        # One line is left for the cursor, and one for what does not fit.
        room = max(console.size.height - 3, 1)
        lines = [f"{now - since:6.0f} s  {one_line(name)}" for name, since in running]
        if len(lines) > room:
            lines[room:] = [f"          and {len(lines) - room} more"]
        yield Group(head, *map(_unbroken, lines))

    def __enter__(self) -> Progress:
        if self.drawn:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()
        if kind is KeyboardInterrupt:
            self.say(f"stopped: {self._words()}. {self._again}")


def in_words(seconds: float) -> str:
    """A time, as exactly as one wants to know it."""
    if seconds < 10:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 55:
        return f"{round(seconds / 5) * 5} s"
    minutes = max(round(seconds / 60), 1)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _unbroken(words: str) -> Text:
    return Text(words, no_wrap=True, overflow="ellipsis")
