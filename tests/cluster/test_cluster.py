"""Grading on other machines: here, on processes of their own behind schedulers with TLS."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask.config
import nbformat
import psutil
import pytest
import trustme

from proctor.course.course import Course, CourseError
from proctor.course.release import release
from proctor.pipeline import cluster as clusters
from proctor.pipeline import station as stations
from proctor.pipeline.cluster import Cluster, ClusterError
from proctor.pipeline.grading import Order, grade, make_order
from proctor.pipeline.marks import Result
from proctor.pipeline.slots import Failure
from proctor.pipeline.station import Station
from tests.conftest import PROJECT, answer, as_bytes, make_course
from tests.namespaces import NO_NAMESPACES
from tests.test_faults import marks, victims

PROCTOR = str(Path(sys.prefix, "bin", "proctor"))
DASK = (sys.executable, "-m")
NAME = "\udcff.txt"  # of a file, and no text
SLOW = """
import os, time
assert b"\\xff.txt" in os.listdir(b".")
time.sleep(1)
def double(x): return 2 * np.array(x)
"""
SUBMISSIONS = {
    "ada": as_bytes(answer(double=SLOW)),
    "grace": as_bytes(answer(double="def double(x):\n    return x + x\n")),
    "linus": b"{",
    "tim": as_bytes(answer(double="raise ValueError")),
}


def wait_for(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


class Machines:
    """Processes of a cluster, with certificates in ``folder``. Each is ended with its children."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count()
        self._started: list[subprocess.Popen[bytes]] = []
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1")
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "own.pem"))
        own = {"cert": str(folder / "own.pem")}
        tls = {"ca-file": str(folder / "ca.pem"), "scheduler": own, "worker": own, "client": own}
        comm = {"require-encryption": True, "tls": tls}
        self.settings = {"distributed": {"comm": comm}}
        (folder / "distributed.yaml").write_text(json.dumps(self.settings))

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{next(self._numbers)}.log").open("wb") as log:
            process = subprocess.Popen(
                words,
                stdout=log,
                stderr=log,
                env={**os.environ, "DASK_CONFIG": str(self.folder)},
            )
        self._started.append(process)
        return process

    def scheduler(self) -> tuple[str, subprocess.Popen[bytes]]:
        """Its address and its process."""
        file = self.folder / f"{next(self._numbers)}.json"
        words = ("--protocol", "tls", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        program = "distributed.cli.dask_scheduler"
        process = self.start(*DASK, program, *words, "--scheduler-file", str(file))
        wait_for(lambda: file.exists() and file.read_text())
        return json.loads(file.read_text())["address"], process

    def worker(
        self, scheduler: str, *options: str, before: tuple[str, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """A worker that grades one submission at once."""
        words = ("--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder))
        program = (*DASK, "distributed.cli.dask_worker", scheduler)
        return self.start(*before, *program, *words, *options)

    def proctor(self, *words: str) -> subprocess.CompletedProcess[str]:
        variables = {**os.environ, "DASK_CONFIG": str(self.folder)}
        return subprocess.run(
            [PROCTOR, *words], env=variables, capture_output=True, text=True, check=False
        )

    def kill(self, process: subprocess.Popen[bytes]) -> list[psutil.Process]:
        """Kill a process and return those of its children that outlive it."""
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        return psutil.wait_procs(family, timeout=20)[1]

    def close(self) -> None:
        for process in self._started:
            if process.poll() is None:
                for child in self.kill(process):
                    child.kill()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    machines = Machines(tmp_path_factory.mktemp("dask"))
    with dask.config.set(machines.settings):
        yield machines
    machines.close()


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with four submissions, of which one is slow and has a strange file."""
    course = make_course(tmp_path_factory.mktemp("course"))
    for student, content in SUBMISSIONS.items():
        folder = course.root / "submitted" / student / "tiny"
        folder.mkdir(parents=True)
        (folder / "tiny.ipynb").write_bytes(content)
    (course.root / "submitted" / "ada" / "tiny" / NAME).touch()
    release(course, [])
    return course


@dataclass
class Graded:
    """What came of grading with a worker that is lost, one that joins, and one that cannot."""

    scheduler: str
    joined: subprocess.Popen[bytes]
    left: list[psutil.Process]
    printed: str


@pytest.fixture(scope="module")
def graded(machines: Machines, handed_in: Course) -> Graded:
    scheduler, _ = machines.scheduler()
    machines.worker(scheduler, "--no-nanny", before=NO_NAMESPACES)
    lost = machines.worker(scheduler, "--no-nanny")
    words = ("grade", "--course", str(handed_in.root), "--cluster", scheduler)
    command = machines.start(PROCTOR, *words)
    wait_for(lambda: victims("worker", psutil.Process(lost.pid)))
    left = machines.kill(lost)
    joined = machines.worker(scheduler)
    assert command.wait(120) == 0
    logs = [path.read_text() for path in machines.folder.glob("*.log")]
    [printed] = [text for text in logs if "ada tiny" in text]
    return Graded(scheduler, joined, left, printed)


def test_what_a_lost_worker_held_is_graded_by_one_that_joins_later(graded, handed_in):
    assert marks(handed_in) == {"ada": 6.0, "grace": 3.0, "linus": 0.0, "tim": 2.0}
    assert graded.left == []


def test_a_worker_that_cannot_seal_is_named_and_not_used(graded):
    assert graded.printed.count("not used: tls://127.0.0.1:") == 1
    assert "namespace" in graded.printed


def test_marks_are_those_of_this_machine(graded, handed_in, zygote):
    for student in ("ada", "grace", "tim"):
        files = {NAME: b""} if student == "ada" else {}
        order = make_order(handed_in, student, "tiny", SUBMISSIONS[student], files)
        here = nbformat.reads(grade(order, zygote.folder).notebook, as_version=4)
        there = nbformat.read(handed_in.autograded(student, "tiny"), as_version=4)
        assert there.metadata.proctor.checks == here.metadata.proctor.checks
        assert there.metadata.proctor.problems == here.metadata.proctor.problems


def test_orders_are_made_as_workers_need_them(graded, handed_in):
    made = []

    def orders() -> Iterator[Order]:
        for number in range(6):
            made.append(number)
            yield make_order(handed_in, f"grace{number}", "tiny", SUBMISSIONS["grace"])

    with Cluster(graded.scheduler) as cluster:
        for done, outcome in enumerate(cluster.grade_all(orders(), data=None), 1):
            assert isinstance(outcome, Result) and outcome.score == 3.0
            # One is being graded, and one is ready.
            assert len(made) <= done + 2
    assert done == len(made) == 6


def test_a_submission_whose_workers_end_is_given_up(graded, machines, handed_in, monkeypatch):
    monkeypatch.setattr(clusters, "MAX_LOSSES", 1)
    order = make_order(handed_in, "ada", "tiny", SUBMISSIONS["ada"], {NAME: b""})
    nanny = psutil.Process(graded.joined.pid)
    idle = len(nanny.children(recursive=True))

    def kill_when_busy() -> None:
        wait_for(lambda: len(nanny.children(recursive=True)) > idle)
        assert machines.kill(graded.joined) == []

    with Cluster(graded.scheduler) as cluster, ThreadPoolExecutor() as pool:
        killing = pool.submit(kill_when_busy)
        [outcome] = cluster.grade_all([order], data=None)
        killing.result()
    assert isinstance(outcome, Failure)
    assert outcome.student == "ada"
    assert "ended" in str(outcome)


def test_a_zygote_that_ends_is_replaced_and_one_that_nobody_needs_is_closed(handed_in, tmp_path):
    order = make_order(handed_in, "grace", "tiny", SUBMISSIONS["grace"])
    held = Station(1, None, tmp_path)
    stations._stations[None, 0] = held
    first = held._slots.zygote()
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: not first.alive())
    result = held.grade(order, Path(order.grader).read_bytes())
    assert isinstance(result, Result)
    assert result.score == 3.0
    second = held._slots.zygote()
    assert second is not first
    stations._close_when_idle(0.1)
    assert not second.alive()
    assert list(tmp_path.iterdir()) == []


def test_where_no_worker_can_grade_it_says_why(machines, handed_in, tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 5.0)
    for package in ("proctor", "course_data"):
        shutil.copytree(PROJECT / package, tmp_path / package)
    with (tmp_path / "proctor" / "limits.py").open("a") as module:
        module.write("# another version\n")
    scheduler, process = machines.scheduler()
    machines.worker(scheduler, "--no-nanny", before=NO_NAMESPACES)
    machines.worker(scheduler, "--no-nanny", before=("env", "-C", str(tmp_path)))
    with Cluster(scheduler) as cluster:
        wait_for(lambda: len(cluster.addresses()) == 2)
        words = ("--course", str(handed_in.root), "--cluster", scheduler)
        done = machines.proctor("grade", *words, "--force", "--cluster-wait", "0")
        assert done.returncode == 3
        assert "can grade:\n" in done.stderr
        assert "marks might differ" in done.stderr
        assert "Traceback" not in done.stderr
        done = machines.proctor("doctor", *words)
        assert done.returncode == 3
        assert done.stdout.count("NO ") == 2
        machines.kill(process)
        with pytest.raises(ClusterError, match="is gone"):
            cluster.examine(data=None)


def test_where_there_is_no_cluster_it_says_so(machines, monkeypatch):
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 0.2)
    with pytest.raises(ClusterError, match="nobody answers"):
        Cluster("tls://127.0.0.1:9")
    lost = dask.config.set({"distributed.comm.tls.ca-file": "/no/such"})
    with lost, pytest.raises(CourseError, match="certificates"):
        Cluster("tls://127.0.0.1:9")
    for address in ("nonsense", "tls://127.0.0.1", "tcp://127.0.0.1:99999", "http://a:1"):
        with pytest.raises(CourseError, match="is no address"):
            Cluster(address)


def test_without_certificates_it_says_which_setting_is_missing():
    tls = "distributed.comm.tls"
    none = dask.config.set({f"{tls}.ca-file": None, f"{tls}.client.cert": None})
    with none, pytest.raises(CourseError, match=r"distributed\.comm\.tls"):
        Cluster("tls://127.0.0.1:9")
