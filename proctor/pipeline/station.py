"""The worker's side of grading on a cluster: a zygote, its slots, and the answers to the command.

What comes from a submission is bytes all the way, and what goes back is plain data.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import multiprocessing.util
import os
import platform
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from proctor.limits import Limits
from proctor.pipeline.grading import Order
from proctor.pipeline.marks import Result
from proctor.pipeline.slots import Failure, Slots
from proctor.pipeline.versions import versions
from proctor.sandbox.doctor import probe
from proctor.sandbox.zygote import SealError, Zygote

IDLE_SECONDS = 300.0


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker must have, so that its marks are those of the command's own machine.

    Attributes:
        versions: Versions by name.
        data: The folder of the course's prepared data sets, if it has any.
        sets: The data sets in it, as paths below it.
        gpu_memory_mb: What TensorFlow may take of a graphics card in one kernel; 0 for no cards.
    """

    versions: dict[str, str]
    data: str | None = None
    sets: list[str] = []
    gpu_memory_mb: int = 0


class Answer(msgspec.Struct, kw_only=True):
    """What a worker says: to an order, or to the question whether it can grade.

    Attributes:
        host: The name of its machine.
        slots: How many submissions it grades at once.
        cards: On how many graphics cards.
        refusal: Why it cannot grade, if so.
        result: What grading found out.
        failure: Why the submission could not be examined, if so.
    """

    host: str
    slots: int = 0
    cards: int = 0
    refusal: str = ""
    result: Result | None = None
    failure: str = ""


class _Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """An order with all that it needs on another machine."""

    wanted: Wanted
    order: Order
    grader: bytes
    files: list[tuple[bytes, bytes]]


def wanted(data: Path | None, gpu_memory_mb: int = 0) -> Wanted:
    """What this machine has.

    Args:
        data: The folder of the course's prepared data sets, if it has any.
        gpu_memory_mb: What TensorFlow may take of a graphics card in one kernel.
    """
    return Wanted(
        versions=versions(),
        data=str(data) if data else None,
        sets=_sets(data) if data else [],
        gpu_memory_mb=gpu_memory_mb,
    )


def pack(order: Order, wanted: Wanted) -> bytes:
    """An order as bytes, its hidden tests included.

    Raises:
        OSError: The hidden tests cannot be read.
        UnicodeEncodeError: The student's id is no text.
    """
    # Names of files are bytes to Linux, and not always text.
    files = [(os.fsencode(name), content) for name, content in order.files.items()]
    grader = Path(order.grader)
    travelling = replace(order, grader=grader.name, files={})
    return msgspec.msgpack.encode(
        _Parcel(wanted=wanted, order=travelling, grader=grader.read_bytes(), files=files)
    )


def examine_worker(asked: bytes) -> bytes:
    """Say whether this worker can grade; called in a thread of it.

    Args:
        asked: What it must have, encoded.

    Returns:
        Its answer, encoded.
    """
    answer = Answer(host=platform.node())
    try:
        with _station(msgspec.msgpack.decode(asked, type=Wanted)) as station:
            answer.slots, answer.cards = station.size, station.cards
    except SealError as error:
        answer.refusal = str(error)
    return msgspec.msgpack.encode(answer)


def grade_parcel(parcel: bytes) -> bytes:
    """Grade one submission; called in a thread of a worker.

    Args:
        parcel: What :func:`pack` made.

    Returns:
        The worker's answer, encoded.
    """
    held = msgspec.msgpack.decode(parcel, type=_Parcel)
    files = {os.fsdecode(name): content for name, content in held.files}
    answer = Answer(host=platform.node())
    try:
        with _station(held.wanted) as station:
            outcome = station.grade(replace(held.order, files=files), held.grader)
    except SealError as error:
        answer.refusal = str(error)
    else:
        if isinstance(outcome, Result):
            answer.result = outcome
        else:
            answer.failure = str(outcome)
    return msgspec.msgpack.encode(answer)


class Station:
    """What a worker grades with: a zygote that was found sealed, and slots.

    Args:
        size: How many submissions at once, at most.
        data: The folder with the prepared data sets, which every kernel may read.
        folder: Where to keep hidden tests, in a folder of this user's alone.
        gpu_memory_mb: What TensorFlow may take of a graphics card in one kernel; 0 for no cards.

    Attributes:
        size: How many submissions at once.
        cards: On how many graphics cards.

    Raises:
        SealError: Kernels cannot be sealed here.
    """

    def __init__(self, size: int, data: Path | None, folder: Path, gpu_memory_mb: int = 0) -> None:
        self.users = 0
        self.used = time.monotonic()
        self._lock = threading.Lock()
        self._closing = contextlib.ExitStack()
        graders = tempfile.TemporaryDirectory(
            prefix="proctor-", dir=folder, ignore_cleanup_errors=True
        )
        self._graders = Path(self._closing.enter_context(graders))
        try:
            slots = Slots(size, data=data, gpu_memory_mb=gpu_memory_mb, started=_require_sealed)
            self._slots = self._closing.enter_context(slots)
        except BaseException:
            self._closing.close()
            raise
        self.size, self.cards = slots.size, len(slots.cards)

    def grade(self, order: Order, grader: bytes) -> Result | Failure:
        """Grade a submission.

        Raises:
            SealError: Kernels can no longer be sealed here.
        """
        order = replace(order, grader=str(self._grader(order.grader, grader)))
        outcome = self._slots.grade(order)
        if isinstance(outcome, Failure):
            # Is it the submission, or has this machine lost what it needs?
            self._slots.check()
        return outcome

    def _grader(self, name: str, content: bytes) -> Path:
        """The file with some hidden tests, in a folder that no kernel is shown."""
        path = self._graders / hashlib.sha256(content).hexdigest() / Path(name).name
        with self._lock:
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
        return path

    def close(self) -> None:
        """End its processes and remove its files."""
        self._closing.close()


def _require_sealed(zygote: Zygote, limits: Limits) -> None:
    try:
        findings, _ = probe(zygote, limits)
    except ValueError as error:
        raise SealError(str(error)) from error
    if open_doors := [f"{name} ({seen})" for name, good, seen in findings.judged() if not good]:
        raise SealError(f"kernels are not sealed here: {', '.join(open_doors)}")


_stations: dict[tuple[Path | None, int], Station] = {}
_lock = threading.Lock()


@contextlib.contextmanager
def _station(needed: Wanted) -> Iterator[Station]:
    """This worker's station for such orders, started if need be.

    Raises:
        SealError: This worker cannot grade them.
    """
    _require_versions(needed)
    key = _find_data(needed), needed.gpu_memory_mb
    with _lock:
        station = _stations.get(key) or _open(*key)
        station.users += 1
    try:
        yield station
    finally:
        with _lock:
            station.users -= 1
            station.used = time.monotonic()


def _open(data: Path | None, gpu_memory_mb: int) -> Station:
    from distributed import get_worker

    # Dask starts workers as daemons, which may have no children. A station's end with it.
    multiprocessing.current_process().daemon = False
    worker = get_worker()
    # What a killed worker leaves in its folder, Dask removes.
    folder = Path(worker.local_directory)
    station = Station(worker.state.nthreads, data, folder, gpu_memory_mb)
    if not _stations:
        threading.Thread(target=_close_when_idle, args=(IDLE_SECONDS,), daemon=True).start()
    _stations[data, gpu_memory_mb] = station
    return station


def _close_when_idle(seconds: float) -> None:
    """Leave nothing behind where a command ended, however it did."""
    while _stations:
        time.sleep(seconds / 10)
        with _lock:
            for key, station in list(_stations.items()):
                if not station.users and time.monotonic() - station.used > seconds:
                    _stations.pop(key).close()


def _close_all() -> None:
    while _stations:
        _stations.popitem()[1].close()


# At its end a worker waits for its slots, to which it then can no longer say that it is over.
# So this comes before: queues are closed with priority 10, and atexit would come last.
multiprocessing.util.Finalize(None, _close_all, exitpriority=100)


def _require_versions(needed: Wanted) -> None:
    own = versions()
    if others := [
        f"{name} {own.get(name, 'none')} instead of {version}"
        for name, version in needed.versions.items()
        if own.get(name) != version
    ]:
        raise SealError(
            f"it has {', '.join(others)}: marks might differ. "
            "Install there what is installed where the command runs."
        )


def _sets(data: Path) -> list[str]:
    found = data.glob("*/*/dataset_info.json")
    return sorted(path.parent.relative_to(data).as_posix() for path in found)


def _find_data(needed: Wanted) -> Path | None:
    """Where this machine has the course's data sets.

    Raises:
        SealError: Nowhere.
    """
    if needed.data is None:
        return None
    places = [needed.data, os.environ.get("TFDS_DATA_DIR")]
    for place in filter(None, places):
        if Path(place).is_dir() and set(needed.sets) <= set(_sets(Path(place))):
            return Path(place).resolve()
    raise SealError(
        f"the course's data sets ({', '.join(needed.sets)}) are neither in {needed.data} nor in "
        "the folder that TFDS_DATA_DIR names there: run `make data` there and set it"
    )
