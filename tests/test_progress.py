"""What people see while they wait."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from rich.console import Console

from proctor.pipeline import progress
from proctor.pipeline.progress import Pace, Progress, in_words
from tests.screens import Terminal


def test_the_time_left_counts_what_is_done_at_the_same_time():
    pace = Pace()
    for name in ("a", "b"):
        pace.begin(name, 0.0)
    assert pace.left(10, 5.0) is None
    for name, now in (("a", 10.0), ("b", 10.0)):
        pace.end(name, now)
        pace.begin(name.upper(), now)
    # Eight to do, two at once, ten seconds each; half of two of them is done.
    assert pace.left(8, 10.0) == pytest.approx(40)
    assert pace.left(8, 15.0) == pytest.approx(35)


def test_what_took_no_work_says_nothing_about_the_rest():
    pace = Pace()
    for number in range(1000):
        pace.end(f"earlier {number}", 0.0)
    assert pace.left(10, 0.0) is None
    for number in range(3):
        pace.begin("a", 2.0 * number)
        pace.end("a", 2.0 * number + 2)
    assert pace.left(7, 6.0) == pytest.approx(14)


def test_what_hangs_lets_the_time_grow_and_is_never_done_before_it_is():
    pace = Pace()
    for number in range(3):
        pace.begin("a", float(number))
        pace.end("a", number + 1.0)
    pace.begin("slow", 3.0)
    soon, later = pace.left(1, 4.0), pace.left(1, 60.0)
    assert soon is not None and later is not None
    assert 0 < soon < 0.2 < later < 6


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (7, "7 s"), (22, "20 s"), (54, "55 s"), (58, "1 min"), (5000, "1 h 23 min")],
)
def test_a_time_is_told_as_exactly_as_it_is_known(seconds, words):
    assert in_words(seconds) == words


@pytest.fixture
def terminal(monkeypatch) -> Iterator[Callable[..., tuple[Terminal, Progress]]]:
    """Makes a terminal of 60 × 8 and a progress on it."""
    monkeypatch.setenv("TERM", "xterm-256color")
    opened = []

    def make(**options: object) -> tuple[Terminal, Progress]:
        terminal = Terminal()
        opened.append(terminal.__enter__())
        file = os.fdopen(terminal.end, "w", closefd=False)
        console = Console(file=file, width=60, height=8)
        return terminal, Progress(console, "graded", **options)

    yield make
    for one in opened:
        one.close()


def test_a_terminal_shows_what_runs_and_keeps_what_went_wrong(terminal):
    screen, shown = terminal(total=13)
    with shown:
        for number in range(3):
            shown.end(f"old {number}", earlier=True)
        shown.begin("ada tiny")
        shown.begin("[red]eve\x1b[2J tiny")
        shown.end("ada tiny", "ada tiny: 6 of 6")
        shown.end("bob tiny", wrong="bob tiny: NOT EXAMINED: [bold]no\x1b[2J")
        for number in range(9):
            shown.begin(f"student {number}")
        deadline = time.monotonic() + 10
        while not (lines := screen.seen())[-1].endswith("and 5 more"):
            assert time.monotonic() < deadline, lines
            time.sleep(0.05)
    above, head, first, *others = lines
    screen.close()
    assert above.startswith("bob tiny: NOT EXAMINED")
    assert head.split(" ", 1)[1].startswith("2 of 10 graded, 1 went wrong, 3 had")
    assert first.split(" s  ")[1] == "[red]eve\N{REPLACEMENT CHARACTER}[2J tiny"
    assert len(others) == 5
    # In the end, only what matters later is left, and the cursor is there again.
    left = [line for line in screen.seen() if line]
    assert left == ["bob tiny: NOT EXAMINED: [bold]no\N{REPLACEMENT CHARACTER}[2J"]
    assert screen.written.rindex("\x1b[?25h") > screen.written.rindex("\x1b[?25l")


def test_who_stops_it_is_told_what_is_done_and_what_to_do(terminal):
    screen, shown = terminal(total=2, again="Run it again.")

    def stopped() -> None:
        with shown:
            shown.begin("ada tiny")
            shown.end("ada tiny")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    screen.close()
    assert [line for line in screen.seen() if line] == ["stopped: 1 of 2 graded. Run it again."]
    assert "\x1b[?25h" in screen.written


def test_a_log_has_plain_lines_and_now_and_then_how_far_it_is(monkeypatch):
    now = 0.0
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now))
    console = Console(file=io.StringIO(), width=160)
    with Progress(console, "graded", total=12) as shown:
        for number in range(10):
            shown.begin(f"s{number} tiny")
            now += 8
            wrong = "s7 tiny: NOT EXAMINED: no" if number == 7 else ""
            shown.end(f"s{number} tiny", f"s{number} tiny: 6 of 6", wrong=wrong)
        shown.end("old", "", earlier=True)
    assert console.file.getvalue().splitlines() == [
        *(f"s{number} tiny: 6 of 6" for number in range(4)),
        "4 of 12 graded, about 1 min left",
        *(f"s{number} tiny: 6 of 6" for number in range(4, 7)),
        "s7 tiny: NOT EXAMINED: no",
        "8 of 12 graded, about 30 s left, 1 went wrong",
        *(f"s{number} tiny: 6 of 6" for number in range(8, 10)),
    ]
