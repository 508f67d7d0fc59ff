"""Faults of our own: whatever ends too early, grading again ends as if nothing had been."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from nbgrader.api import Gradebook

from proctor.course.course import Course
from proctor.course.release import release
from proctor.pipeline import gradebook
from proctor.pipeline.batch import grade_course
from proctor.pipeline.marks import Result
from proctor.pipeline.slots import Failure
from tests.conftest import answer
from tests.namespaces import outer

PROCTOR = str(Path(sys.prefix, "bin", "proctor"))
ROUNDS = int(os.environ.get("PROCTOR_FAULT_ROUNDS", "1"))
MARKS = {"ada": 6.0, "grace": 3.0, "linus": 0.0, "tim": 2.0}


@pytest.fixture
def handed_in(course, submit) -> Course:
    """A course with four submissions."""
    submit(
        "ada", answer(double="import time\ntime.sleep(1)\ndef double(x): return 2 * np.array(x)")
    )
    submit("grace", answer(double="def double(x):\n    return x + x\n"))
    submit("linus", b"{")
    submit("tim", answer(double="raise ValueError"))
    release(course, [])
    return course


def command(course: Course, *words: str) -> list[str]:
    return [PROCTOR, "grade", "--course", str(course.root), *words]


def marks(course: Course) -> dict[str, float]:
    with Gradebook(course.gradebook) as book:
        return {s.student.id: s.score for s in book.assignment_submissions("tiny")}


def assert_whole(course: Course) -> None:
    """The gradebook is sound, the marks are right, and each page says the same."""
    path = course.gradebook.removeprefix("sqlite:///")
    with sqlite3.connect(path) as book:
        assert book.execute("pragma integrity_check").fetchone() == ("ok",)
    assert marks(course) == MARKS
    for student, score in MARKS.items():
        page = course.feedback(student, "tiny").read_text()
        assert f"<strong>{score:g}</strong> of 6" in page
        assert page.rstrip().endswith("</html>")
    left = [path for path in course.root.rglob("*.new") if path.is_file()]
    assert left == []


def victims(kind: str, running: psutil.Process) -> list[psutil.Process]:
    """The processes of one kind that belong to a running command."""
    children = running.children()
    walls = [child for child in children if child.name() == "bwrap"]
    if kind == "command":
        return [running]
    servers = [child for child in children if "forkserver" in " ".join(child.cmdline())]
    if kind == "forkserver":
        return servers
    if kind == "worker":
        return [worker for server in servers for worker in server.children()]
    if kind == "zygote":
        return walls
    inside = [process for wall in walls for process in wall.children(recursive=True)]
    return [process for process in inside if not process.children()][-1:]


def runtime_folders(running: psutil.Process) -> list[Path]:
    """What a command's zygotes have for themselves in the temporary folder."""
    words = [word for child in running.children() for word in child.cmdline()]
    return [Path(word).parent for word in words if word.endswith("/boxes")]


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("kind", ["command", "forkserver", "worker", "zygote", "kernel"])
def test_killed_at_a_random_moment_and_run_again(handed_in, kind, number):
    chance = random.Random(f"{kind} {number}")
    with subprocess.Popen(
        command(handed_in), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        process = psutil.Process(running.pid)
        deadline = time.monotonic() + 60
        while not (found := victims(kind, process)) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 3))
        family = process.children(recursive=True)
        folders = runtime_folders(process)
        for victim in chance.sample(found, 1):
            if victim.is_running():
                victim.kill()
        running.wait(120)
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
    again = subprocess.run(command(handed_in), capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert_whole(handed_in)
    assert [folder for folder in folders if folder.exists()] == []


@pytest.mark.parametrize("kind", ["forkserver", "worker", "zygote"])
def test_what_is_killed_is_replaced_and_costs_nobody_anything(handed_in, kind):
    with subprocess.Popen(
        command(handed_in, "--jobs", "2"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        process = psutil.Process(running.pid)
        deadline = time.monotonic() + 60
        while len(victims("worker", process)) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(1)
        found = victims(kind, process)
        found[0].kill()
        assert running.wait(120) == 0
    assert_whole(handed_in)


def test_a_folder_whose_name_is_no_text_stops_nobody_else(handed_in):
    folder = os.fsencode(handed_in.root / "submitted") + b"/\xff"
    os.makedirs(folder + b"/tiny")
    done = subprocess.run(command(handed_in), capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "is no text: rename it" in done.stderr
    assert_whole(handed_in)


def test_two_at_once_do_not_meet(handed_in):
    with subprocess.Popen(command(handed_in), stdout=subprocess.DEVNULL) as first:
        lock = handed_in.root / ".proctor" / "lock"
        deadline = time.monotonic() + 60
        while not lock.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        second = subprocess.run(command(handed_in), capture_output=True, text=True, check=False)
        assert first.wait(120) == 0
    assert second.returncode == 2
    assert "another `proctor grade` is at work" in second.stderr
    assert_whole(handed_in)


@pytest.mark.parametrize("lock", ["exclusive", "immediate"])
def test_a_gradebook_that_is_locked_for_a_while_is_waited_for(handed_in, lock):
    book = sqlite3.connect(handed_in.gradebook.removeprefix("sqlite:///"))
    book.execute(f"begin {lock}")
    with subprocess.Popen(
        command(handed_in), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        time.sleep(8)
        book.rollback()
        printed, _ = running.communicate(timeout=120)
    assert running.returncode == 0, printed
    assert_whole(handed_in)


def test_a_gradebook_that_stays_locked_loses_nothing_else(handed_in, monkeypatch):
    monkeypatch.setattr(gradebook, "LOCKED_SECONDS", 0.0)
    book = sqlite3.connect(handed_in.gradebook.removeprefix("sqlite:///"))
    locked = False

    def lock(outcome: Result | Failure) -> None:
        nonlocal locked
        if not locked:
            book.execute("begin exclusive")
            locked = True

    outcomes = grade_course(handed_in, handed_in.submissions([], []), jobs=1, told=lock)
    book.rollback()
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert len(failures) == 3
    assert all("locked" in str(failure) for failure in failures)
    grade_course(handed_in, handed_in.submissions([], []))
    assert_whole(handed_in)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("mount -t tmpfs -o size=4k none autograded", "No space left on device"),
        ("mount -t tmpfs -o ro none feedback", "Read-only file system"),
    ],
)
def test_where_nothing_can_be_written_it_says_so(handed_in, trouble, words):
    for name in ("autograded", "feedback"):
        (handed_in.root / name).mkdir()
    script = f"cd {handed_in.root} && {trouble} && exec {PROCTOR} grade"
    done = subprocess.run(outer("sh", "-c", script), capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    subprocess.run(command(handed_in), capture_output=True, check=True)
    assert_whole(handed_in)
