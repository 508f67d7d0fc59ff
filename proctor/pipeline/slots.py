"""Grades in processes of their own, with kernels from one zygote; what is lost is replaced."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from msgspec.structs import replace

from proctor.pipeline.grading import Order, grade
from proctor.pipeline.marks import Result
from proctor.sandbox.zygote import SealError, Zygote


class Failure(Exception):
    """A submission could not be examined, or its marks not be written, because of us.

    Attributes:
        student: The student's id.
        slug: The exercise.
    """

    def __init__(self, student: str, slug: str, words: str) -> None:
        super().__init__(words)
        self.student = student
        self.slug = slug


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


class Slots:
    """A zygote, and as many processes as grade at once. Use it as a context manager.

    Args:
        size: How many grade at once.
        sealed: False only for notebooks one would run oneself.
        data: The folder with the prepared data sets, which every kernel may read.
        started: Called with each zygote before it is used.

    Raises:
        SealError: This machine cannot seal kernels.
    """

    def __init__(
        self,
        size: int,
        *,
        sealed: bool = True,
        data: Path | None = None,
        started: Callable[[Zygote], None] = lambda _: None,
    ) -> None:
        # Thread pools of the size of a slot, so that kernels do not fight over cores.
        self._threads = max(1, cores() // size)
        self._sealed = sealed
        self._data = data
        self._started = started
        self._closed = False
        self._lock = threading.Lock()
        self._slots: queue.SimpleQueue[_Slot] = queue.SimpleQueue()
        self._closing = contextlib.ExitStack()
        for _ in range(size):
            self._slots.put(self._closing.enter_context(contextlib.closing(_Slot())))
        try:
            self._zygote = self._start()
        except BaseException:
            self._closing.close()
            raise

    def grade(
        self, order: Order, begun: Callable[[Order], None] = lambda _: None
    ) -> Result | Failure:
        """Grade a submission as soon as there is a slot; may be called in several threads.

        A kernel whose zygote ends looks like one that student code has killed, so what was
        graded then does not count, and is graded again.

        Args:
            order: The submission.
            begun: Called with it when a slot takes it.

        Raises:
            SealError: Kernels can no longer be sealed here.
        """
        order = replace(order, limits=replace(order.limits, threads=self._threads))
        slot = self._slots.get()
        try:
            begun(order)
            for _ in range(2):
                zygote = self.zygote()
                outcome = slot.grade(order, zygote.folder)
                if zygote.alive():
                    return outcome
            words = "the process that kernels are forked from ended, twice: is there enough memory?"
            return Failure(order.student, order.slug, words)
        finally:
            self._slots.put(slot)

    def zygote(self) -> Zygote:
        """The zygote; a new one where it has ended.

        Raises:
            SealError: Kernels can no longer be sealed here, or nothing more is to be graded.
        """
        with self._lock:
            if self._closed:
                raise SealError("nothing more is to be graded")
            if not self._zygote.alive():
                self._zygote = self._start()
            return self._zygote

    def _start(self) -> Zygote:
        zygote = Zygote(threads=self._threads, sealed=self._sealed, data=self._data)
        self._closing.callback(zygote.close)
        self._started(zygote)
        return zygote

    def close(self) -> None:
        """End its processes. What is still being graded comes to nothing, soon."""
        with self._lock:
            self._closed = True
        self._closing.close()

    def __enter__(self) -> Slots:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Slot:
    """A process that grades one submission after the other, and another one when it ends."""

    def __init__(self) -> None:
        self._process: ProcessPoolExecutor | None = None

    def grade(self, order: Order, zygote: Path) -> Result | Failure:
        """Grade a submission; a second time where the process ended at the first."""
        for _ in range(2):
            if self._process is None:
                context = multiprocessing.get_context("spawn")
                self._process = ProcessPoolExecutor(1, context, _belong_to_parent)
            try:
                return self._process.submit(grade, order, zygote).result()
            except BrokenProcessPool:
                self.close()
            except Exception as error:
                return Failure(order.student, order.slug, f"{type(error).__name__}: {error}")
        words = "the process that graded it ended, twice: is there enough memory?"
        return Failure(order.student, order.slug, words)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.shutdown(cancel_futures=True)
            self._process = None


def _belong_to_parent() -> None:
    """Leave it to the command to be interrupted; but if it is killed, leave no slot behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        parent = multiprocessing.parent_process()
        assert parent is not None
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
