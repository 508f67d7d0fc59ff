"""Grades the whole corpus by the real command, once a probe has shown that kernels are sealed.

Started by ``test_hostile.py`` in namespaces of its own, so that a hole in the sealing reaches
nothing. Prints one JSON object.
"""

from __future__ import annotations

import array
import fcntl
import json
import os
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbgrader.api import Gradebook

from proctor.course.course import Course
from proctor.course.release import release
from proctor.sandbox.doctor import probe
from proctor.sandbox.zygote import Zygote
from tests.conftest import answer, as_bytes, make_course
from tests.hostile.attack import DOUBLE
from tests.hostile.corpus import ATTACKS

CANARY = "canary-7c1e55d0a4"
HONEST = ("a-honest", "m-honest", "zz-honest")
SECONDS = {"cell_seconds": 4, "request_seconds": 2, "test_seconds": 3, "submission_seconds": 25}
LIMITS = SECONDS | {"cpu_seconds": 30, "memory_mb": 800, "disk_mb": 20, "files": 500,
                    "processes": 120, "open_files": 200, "output_mb": 2}  # fmt: skip
LEFTOVERS = ("escaped", "pickled", "shadowed", "left", "large")
GRADER = f'''
"""{CANARY} in the grader."""

import numpy as np
import pytest
from proctor.judge import assert_close, is_a, require

SECRET = "{CANARY}"


@pytest.mark.check("doubles")
def test_doubles(student, rng):
    """Each number is doubled."""
    expected = 2 * (x := rng.normal(size=(2, 3)))
    assert_close(student.double(x), expected)


@pytest.mark.check("doubles", weight=3)
def test_takes_lists(student, rng):
    """Lists are taken, too."""
    x = rng.normal(size=2).tolist()
    assert_close(student.double(x), [2 * x[0], 2 * x[1]])


@pytest.mark.check("squares")
def test_squares(student, rng):
    """A tensor comes back, each number squared."""
    x = float(rng.uniform(1, 2))
    result = student.square(x)
    require(is_a(result, "tf.Tensor"), "The result is no tensor.")
    assert_close(result, x * x, rtol=1e-5)
'''


class Ears:
    """Listeners on loopback and on Unix sockets. Nobody should call."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[str] = []
        tcp = socket.create_server(("127.0.0.1", 0))
        self.port: int = tcp.getsockname()[1]
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", self.port))
        self.sockets = {"tcp": tcp, "udp": udp}
        for name, place in (("abstract", "\0listener"), ("unix", str(folder / "listener"))):
            self.sockets[name] = socket.socket(socket.AF_UNIX)
            self.sockets[name].bind(place)
            self.sockets[name].listen()
        for name, ear in self.sockets.items():
            threading.Thread(target=self._listen, args=(name, ear), daemon=True).start()

    def _listen(self, name: str, ear: socket.socket) -> None:
        while True:
            if name == "udp":
                self.heard.append(f"{name}: {ear.recv(100)!r}")
            else:
                ear.accept()[0].close()
                self.heard.append(name)


def loopback_up() -> None:
    """Bring up the loopback interface of a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        get_flags, set_flags, is_up = 0x8913, 0x8914, 1
        request = array.array("B", struct.pack("16sh14x", b"lo", 0))
        fcntl.ioctl(link, get_flags, request)
        (flags,) = struct.unpack_from("h", request, 16)
        fcntl.ioctl(link, set_flags, struct.pack("16sh14x", b"lo", flags | is_up))


def plant(root: Path) -> Course:
    """The course, with canaries wherever a submission should not be able to look."""
    root.mkdir()
    course = make_course(root)
    with (root / "course_config.py").open("a") as file:
        file.write(f"\nc.Course.limits = {LIMITS!r}\n")
    course = Course(root)
    course.grader("tiny").write_text(GRADER)
    source = nbformat.read(course.source("tiny"), as_version=4)
    for cell in source.cells:
        cell.source = cell.source.replace("### END", f"# {CANARY}\n    ### END")
    nbformat.write(source, course.source("tiny"))
    release(course, [])
    (root / ".proctor").mkdir(exist_ok=True)
    (root / ".proctor" / "secret").write_text(CANARY)
    with Gradebook(course.gradebook) as book:
        book.update_or_create_student("victim", last_name=CANARY)
    os.environ["PROCTOR_CANARY"] = CANARY
    return course


def hand_in(course: Course, port: int) -> None:
    """All attacks and, between them, honest work."""
    submitted = course.root / "submitted"
    for name, remark in (*((name, "") for name in HONEST), ("victim", f"# {CANARY}")):
        folder = submitted / name / "tiny"
        folder.mkdir(parents=True)
        (folder / "tiny.ipynb").write_bytes(as_bytes(answer(double=remark + DOUBLE)))
    for attack in ATTACKS:
        attack.hand_in(submitted / attack.name / "tiny", port, course.root)


def grade(course: Course, *students: str) -> dict[str, Any]:
    """Run the command; what it printed, how it ended and how long it took."""
    command = [str(Path(sys.prefix, "bin", "proctor")), "grade", "--course", str(course.root)]
    command += ["--jobs", "3", *(f"--student={name}" for name in students)]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, timeout=900, check=False)
    printed = (done.stdout + done.stderr).decode(errors="backslashreplace")
    return {"status": done.returncode, "printed": printed, "seconds": time.monotonic() - start}


def marks(course: Course) -> dict[str, list[float]]:
    """What the gradebook holds, by student: the two checks' scores."""
    with Gradebook(course.gradebook) as book:
        return {
            submission.student.id: [
                book.find_grade(name, "tiny", "tiny", submission.student.id).score
                for name in ("doubles", "squares")
            ]
            for submission in book.assignment_submissions("tiny")
        }


def leaks(course: Course) -> Iterator[str]:
    """Files with a canary that a submission wrote or a student may read."""
    for top in ("feedback", "autograded", "release"):
        for path in sorted((course.root / top).rglob("*")):
            others = path.is_file() and "victim" not in path.parts
            if others and CANARY.encode() in path.read_bytes():
                yield str(path.relative_to(course.root))


def leftovers(course: Course) -> Iterator[str]:
    """Files where no submission should have been able to write one."""
    places = [course.root, Path.cwd(), Path.home(), Path(sys.prefix), Path("/"), Path("/etc")]
    for place in (*places, Path("/tmp"), Path("/dev/shm"), Path("/var/tmp")):
        for name in LEFTOVERS:
            yield from map(str, place.glob(f"{name}*"))


def state() -> dict[str, Any]:
    """What must be the same afterwards."""
    return {
        # The first process of a namespace inherits the dead of all others and buries none.
        "processes": sorted(
            " ".join(process.cmdline())
            for process in psutil.process_iter()
            if process.status() != psutil.STATUS_ZOMBIE
        ),
        "mounts": sorted(line.split()[4] for line in open("/proc/self/mountinfo")),
        "sockets": sorted(line.split()[-1] for line in open("/proc/net/unix")),
        "ports": sorted(line.split()[1] for line in open("/proc/net/tcp")),
        "temporary": sorted(name for name in os.listdir("/tmp") if name.startswith("proctor-")),
        "shared": sorted(os.listdir("/dev/shm")),
    }


def main() -> None:
    """Probe, grade what is honest alone, then everything, then probe again."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**32, 2**32))
    resource.setrlimit(resource.RLIMIT_CPU, (1200, 1200))
    loopback_up()
    with Zygote() as zygote:
        findings, _ = probe(zygote)
        if not findings.sealed:
            sys.exit(f"not sealed: {findings}")
    root = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        ears = Ears(root)
        course = plant(root / "course")
        hand_in(course, ears.port)
        alone = grade(course, *HONEST)
        came: dict[str, Any] = {"alone": marks(course), "alone_status": alone["status"]}
        before = state()
        came["all"] = grade(course)
        came["marks"] = marks(course)
        after = state()
        came["changed"] = {name: [before[name], after[name]] for name in before
                           if before[name] != after[name]}  # fmt: skip
        came["heard"] = ears.heard
        came["leaks"] = list(leaks(course))
        came["leftovers"] = list(leftovers(course))
        came["pages"] = {
            path.parent.parent.name: path.read_text()
            for path in (course.root / "feedback").rglob("*.html")
        }
        came["notebooks"] = {
            path.parent.parent.name: path.read_text()
            for path in (course.root / "autograded").rglob("*.ipynb")
        }
    finally:
        shutil.rmtree(root, ignore_errors=True)
    with Zygote() as zygote:
        findings, _ = probe(zygote)
        came["sealed_afterwards"] = findings.sealed
    print(json.dumps(came))


if __name__ == "__main__":
    main()
