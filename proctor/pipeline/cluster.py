"""Grades on many machines: the command's side. Dask carries orders to workers and answers back.

Which worker gets what is decided here, and a worker has never more than it grades at once. So it
is known which submissions a worker held when it was lost, and none waits where others are idle.
"""

from __future__ import annotations

import itertools
import queue
import time
import urllib.parse
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from proctor.course.course import CourseError
from proctor.pipeline import station
from proctor.pipeline.grading import Order
from proctor.pipeline.marks import Result
from proctor.pipeline.slots import Failure
from proctor.pipeline.station import Answer, Wanted

CONNECT_SECONDS = 10.0
EXAMINE_SECONDS = 300.0
LOOK_SECONDS = 1.0
MAX_LOSSES = 3


class ClusterError(RuntimeError):
    """The cluster cannot grade; the message says why."""


@dataclass
class Worker:
    """A worker as the command knows it.

    Attributes:
        address: Where Dask reaches it.
        host: The name of its machine, once it has told it.
        slots: How many submissions it grades at once; 0 as long as that is not known.
        cards: On how many graphics cards.
        held: How many it has now.
        refusal: Why it cannot grade, if so.
    """

    address: str
    host: str = ""
    slots: int = 0
    cards: int = 0
    held: int = 0
    refusal: str = ""

    def __str__(self) -> str:
        return f"{self.address} ({self.host})" if self.host else self.address


class Cluster:
    """The workers of a Dask scheduler. Use it as a context manager, or call :meth:`close`.

    Args:
        address: The scheduler's, ``tls://HOST:PORT`` or ``tcp://HOST:PORT``. Certificates are
            those of Dask's own configuration (``distributed.comm.tls``).
        wait: For how many seconds to wait for a worker that can grade, while there is none.
        refused: Called with each worker that cannot grade.

    Raises:
        CourseError: It is no address, or Dask is not installed or not set up for it.
        ClusterError: Nobody answers there.
    """

    def __init__(
        self,
        address: str,
        *,
        wait: float = 60.0,
        refused: Callable[[Worker], None] = lambda _: None,
    ) -> None:
        self.address = address
        self.wait = wait
        self._refused = refused
        self._client = _connect(address)
        self._executor = self._client.get_executor(pure=False, allow_other_workers=False)

    def grade_all(
        self,
        orders: Iterable[Order],
        *,
        data: Path | None,
        begun: Callable[[Order], None] = lambda _: None,
    ) -> Iterator[Result | Failure]:
        """Grade submissions on the workers and yield what comes of each, as it comes.

        Workers that join meanwhile are used. What a lost worker held is graded again by
        another one.

        Args:
            orders: The submissions, of one course; they are taken as they are needed.
            data: The folder with the prepared data sets; see :func:`station.wanted`.
            begun: Called with each submission when it is handed to a worker, each time.

        Raises:
            ClusterError: The scheduler is gone, or there is no worker that can grade.
        """
        coming = iter(orders)
        if (first := next(coming, None)) is not None:
            wanted = station.wanted(data, first.limits.gpu_memory_mb)
            everything = itertools.chain([first], coming)
            yield from _Batch(self, everything, wanted, begun).outcomes()

    def examine(self, *, data: Path | None, gpu_memory_mb: int = 0) -> list[Worker]:
        """Ask each worker whether it can grade.

        Args:
            data: The folder with the prepared data sets.
            gpu_memory_mb: What TensorFlow may take of a graphics card in one kernel; 0 for no
                cards.

        Returns:
            The workers; one that cannot has a ``refusal``.

        Raises:
            ClusterError: The scheduler is gone, or it has no worker.
        """
        roster = Roster(self, station.wanted(data, gpu_memory_mb))
        while True:
            roster.look()
            if roster.workers and not roster.undecided():
                return sorted(roster.workers.values(), key=lambda worker: worker.address)
            roster.require_hope()
            time.sleep(LOOK_SECONDS / 4)

    def submit(self, function: Callable[[bytes], bytes], argument: bytes, to: str) -> Future[bytes]:
        """Let a worker call a function of this package.

        Args:
            function: The function.
            argument: Its argument.
            to: The worker's address.

        Raises:
            ClusterError: The scheduler is gone.
        """
        from distributed.client import ClosedClientError

        try:
            return self._executor.submit(function, argument, workers=[to])
        except (OSError, ClosedClientError) as error:
            raise self.gone(error) from error

    def addresses(self) -> set[str]:
        """The workers that the scheduler has now.

        Raises:
            ClusterError: The scheduler is gone.
        """
        from distributed.client import ClosedClientError

        try:
            return set(self._client.nthreads())
        except (OSError, ClosedClientError) as error:
            raise self.gone(error) from error

    def gone(self, error: Exception) -> ClusterError:
        """What to say when the scheduler no longer answers."""
        return ClusterError(
            f"the scheduler at {self.address} is gone: {_words(error)}. "
            "What is written stays written; grade again when it is back."
        )

    def refuse(self, worker: Worker, why: str) -> None:
        """Give a worker nothing any more."""
        worker.refusal = why
        self._refused(worker)

    def close(self) -> None:
        """Let go of the scheduler. It forgets what was not answered yet."""
        self._client.close()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Roster:
    """Which workers there are, and which of them can grade.

    Args:
        cluster: The cluster.
        wanted: What a worker must have.
    """

    def __init__(self, cluster: Cluster, wanted: Wanted) -> None:
        self.workers: dict[str, Worker] = {}
        self._cluster = cluster
        self._wanted = msgspec.msgpack.encode(wanted)
        self._asked: dict[str, tuple[Future[bytes], float]] = {}
        self._hope = time.monotonic()

    def look(self) -> list[Worker]:
        """See who has come, gone, and answered.

        Returns:
            Those who have gone.
        """
        present = self._cluster.addresses()
        gone = [self.workers.pop(address) for address in self.workers.keys() - present]
        for worker in gone:
            self._asked.pop(worker.address, None)
        for address in present - self.workers.keys():
            self.workers[address] = Worker(address)
            answer = self._cluster.submit(station.examine_worker, self._wanted, address)
            self._asked[address] = answer, time.monotonic()
        for address, (answer, since) in list(self._asked.items()):
            late = time.monotonic() - since > EXAMINE_SECONDS
            if answer.done() or late:
                del self._asked[address]
                self._hear(self.workers[address], answer)
        return gone

    def _hear(self, worker: Worker, future: Future[bytes]) -> None:
        if not future.done():
            self._cluster.refuse(worker, f"it has not answered for {EXAMINE_SECONDS:.0f} s")
            return
        if future.cancelled():
            # The scheduler was out of reach and has forgotten the question: it is put again.
            del self.workers[worker.address]
            return
        try:
            answer = msgspec.msgpack.decode(future.result(), type=Answer)
        except Exception as error:
            self._cluster.refuse(worker, _words(error))
            return
        worker.host = answer.host
        if answer.refusal:
            self._cluster.refuse(worker, answer.refusal)
        else:
            worker.slots, worker.cards = answer.slots, answer.cards

    def able(self) -> list[Worker]:
        """The workers that can grade."""
        return [worker for worker in self.workers.values() if worker.slots and not worker.refusal]

    def undecided(self) -> bool:
        """Whether some have not answered yet."""
        return bool(self._asked)

    def require_hope(self) -> None:
        """Make sure that somebody grades, or may before long.

        Raises:
            ClusterError: For too long nobody has.
        """
        if self.able() or self._asked:
            self._hope = time.monotonic()
        elif time.monotonic() - self._hope > self._cluster.wait:
            raise ClusterError(self._why_nobody())

    def _why_nobody(self) -> str:
        address = self._cluster.address
        if not self.workers:
            return f"{address} has no worker: start some with `dask worker {address}`"
        reasons = [f"\n  {worker}: {worker.refusal}" for worker in self.workers.values()]
        return f"no worker of {address} can grade:{''.join(reasons)}"


class _Batch:
    """Submissions on their way: which wait, which are graded where, which are done."""

    def __init__(
        self,
        cluster: Cluster,
        orders: Iterator[Order],
        wanted: Wanted,
        begun: Callable[[Order], None],
    ) -> None:
        self._cluster = cluster
        self._coming = orders
        self._begun = begun
        self._wanted = wanted
        self._roster = Roster(cluster, wanted)
        self._waiting: deque[Order] = deque()
        self._repeated: deque[Order] = deque()
        self._running: dict[Future[bytes], tuple[Order, Worker]] = {}
        self._done: queue.SimpleQueue[Future[bytes]] = queue.SimpleQueue()
        self._losses: Counter[tuple[str, str, str]] = Counter()

    def outcomes(self) -> Iterator[Result | Failure]:
        """Grade all and yield what comes of each."""
        next_look = 0.0
        while self._some_wait() or self._running:
            if time.monotonic() >= next_look:
                for worker in self._roster.look():
                    yield from self._lose(worker)
                self._roster.require_hope()
                next_look = time.monotonic() + LOOK_SECONDS
            yield from self._hand_out()
            try:
                future = self._done.get(timeout=LOOK_SECONDS / 4)
            except queue.Empty:
                continue
            if future in self._running:
                order, worker = self._running.pop(future)
                worker.held -= 1
                # Its place is filled before its marks are written.
                yield from self._hand_out()
                yield from self._hear(order, worker, future)

    def _some_wait(self) -> bool:
        """Whether there are any to hand out; those that are graded again come after all others."""
        if not self._waiting:
            self._waiting.extend(itertools.islice(self._coming, 1))
        if not self._waiting:
            self._waiting, self._repeated = self._repeated, self._waiting
        return bool(self._waiting)

    def _hand_out(self) -> Iterator[Failure]:
        for worker in self._roster.able():
            while worker.held < worker.slots and self._some_wait():
                order = self._waiting.popleft()
                try:
                    parcel = station.pack(order, self._wanted)
                except (OSError, UnicodeEncodeError) as error:
                    yield Failure(order.student, order.slug, _words(error), order.kept)
                    continue
                future = self._cluster.submit(station.grade_parcel, parcel, worker.address)
                self._running[future] = order, worker
                worker.held += 1
                self._begun(order)
                future.add_done_callback(self._done.put)

    def _hear(
        self, order: Order, worker: Worker, future: Future[bytes]
    ) -> Iterator[Result | Failure]:
        """What a worker's answer comes to; nothing, where the submission is graded again."""
        from distributed import KilledWorker

        if future.cancelled():
            # The scheduler was out of reach and has forgotten it: nobody's fault.
            self._repeated.append(order)
            return
        try:
            answer = msgspec.msgpack.decode(future.result(), type=Answer)
        except KilledWorker:
            yield from self._again(order, _LOST)
        except Exception as error:
            words = f"{worker}: {_words(error)}"
            yield Failure(order.student, order.slug, words, order.kept)
        else:
            if answer.result is not None:
                yield answer.result
            elif answer.refusal:
                if not worker.refusal:
                    self._cluster.refuse(worker, answer.refusal)
                yield from self._again(order, f"{worker}: {answer.refusal}")
            else:
                words = f"{worker}: {answer.failure}"
                yield Failure(order.student, order.slug, words, order.kept)

    def _lose(self, worker: Worker) -> Iterator[Failure]:
        # What was answered before is heard in its turn.
        held = [
            future
            for future, (_, where) in self._running.items()
            if where is worker and not future.done()
        ]
        for future in held:
            order, _ = self._running.pop(future)
            future.cancel()
            yield from self._again(order, _LOST)

    def _again(self, order: Order, why: str) -> Iterator[Failure]:
        """Let a submission be graded again, after the others, unless it was too often in vain."""
        name = order.student, order.slug, order.kept
        self._losses[name] += 1
        if self._losses[name] < MAX_LOSSES:
            self._repeated.append(order)
        else:
            words = f"in vain on {MAX_LOSSES} workers: {why}"
            yield Failure(order.student, order.slug, words, order.kept)


_LOST = "the worker ended while it graded this. Has it enough memory?"


def _connect(address: str) -> Any:
    """A Dask client.

    Raises:
        CourseError: It is no address, or Dask is not installed or not set up for it.
        ClusterError: Nobody answers there.
    """
    try:
        import dask
        import distributed
    except ImportError as error:
        words = "grading on a cluster needs Dask: `pip install distributed`"
        raise CourseError(words) from error
    if not _is_address(address):
        raise CourseError(f"`{address}` is no address of a cluster, such as tls://HOST:8786")
    untyped: Any = distributed
    security = untyped.Security()
    try:
        own = security.get_connection_args("client").get("ssl_context")
    except OSError as error:
        words = f"the certificates named in Dask's configuration cannot be used: {error}"
        raise CourseError(words) from error
    if own is None and address.startswith("tls://"):
        words = "needs certificates: name them in Dask's configuration under distributed.comm.tls"
        raise CourseError(f"{address} {words}")
    # Submissions may hold files of their own: Dask is not to remark upon their size.
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
    try:
        return untyped.Client(
            address,
            timeout=CONNECT_SECONDS,
            set_as_default=False,
            name="proctor",
            security=security,
        )
    except (OSError, ImportError) as error:
        raise ClusterError(f"nobody answers at {address}: {_words(error)}") from error


def _is_address(text: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(text)
        return parts.scheme in ("tcp", "tls") and bool(parts.hostname and parts.port)
    except ValueError:
        return False


def _words(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:1000]
