"""Grades in processes of their own, with kernels from a zygote; what is lost is replaced."""

from __future__ import annotations

import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path

from msgspec.structs import replace

from proctor.limits import Limits
from proctor.pipeline.capacity import cores, shares
from proctor.pipeline.grading import Order, grade
from proctor.pipeline.marks import Result
from proctor.pipeline.places import Places, SharedCard, shared_cards
from proctor.sandbox.cards import Card, CardError
from proctor.sandbox.doctor import probe
from proctor.sandbox.zygote import SealError, Zygote

_log = logging.getLogger(__name__)

# How often, and how far apart, a process of a slot is started until it runs.
_STARTS = 5
_START_SECONDS = 0.2


class Failure(Exception):
    """A submission could not be examined, or its marks not be written, because of us.

    Attributes:
        student: The student's id.
        slug: The exercise.
        kept: Which of the student's submissions it is; see :mod:`proctor.course.kept`.
    """

    def __init__(self, student: str, slug: str, words: str, kept: str = "") -> None:
        super().__init__(words)
        self.student = student
        self.slug = slug
        self.kept = kept


def try_card(zygote: Zygote, limits: Limits) -> None:
    """See that a kernel can compute on the zygote's graphics card, if it has one.

    Raises:
        SealError: It cannot.
    """
    if zygote.card is not None:
        try:
            probe(zygote, limits)
        except ValueError as error:
            raise SealError(str(error)) from error


class Slots:
    """A zygote, and as many processes as grade at once. Use it as a context manager.

    Where there are graphics cards that kernels can compute on, there is a zygote for each of them
    instead, and each process has a place on one.

    Args:
        size: How many grade at once, at most.
        sealed: False only for notebooks one would run oneself.
        data: The folder with the prepared data sets, which every kernel may read.
        gpu_memory_mb: What TensorFlow may take of a card in one kernel; 0 for no cards.
        started: Called with each zygote before it is used, and the limits to try it with.

    Attributes:
        size: How many grade at once.
        cards: The cards that they compute on.

    Raises:
        SealError: This machine cannot seal kernels.
    """

    def __init__(
        self,
        size: int,
        *,
        sealed: bool = True,
        data: Path | None = None,
        gpu_memory_mb: int = 0,
        started: Callable[[Zygote, Limits], None] = try_card,
    ) -> None:
        # Slots have loaded what they need by the time that a zygote has.
        _forking()
        found = shared_cards(gpu_memory_mb)
        at_once = min(size, sum(one.places for one in found)) if found else size
        # Thread pools of the size of a slot, so that kernels do not fight over cores.
        self._threads = max(1, cores() // at_once)
        self._sealed = sealed
        self._data = data
        self._limits = Limits(gpu_memory_mb=gpu_memory_mb)
        self._started = started
        self._closed = False
        self._lock = threading.Lock()
        self._zygotes: dict[Card | None, Zygote] = {}
        self._slots: list[_Slot] = []
        self._closing = contextlib.ExitStack()
        # After the zygotes: slots end once they have no kernel to wait for.
        self._closing.callback(self._close_slots)
        try:
            shared = self._open_cards(found)
            self.cards = [one.card for one in shared]
            if not shared:
                self._zygotes[None] = self._start(None)
            self._places = Places(size, shared)
        except BaseException:
            self._closing.close()
            raise
        self.size = self._places.size
        self._slots += [_Slot(share) for share in shares(self.size)]

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
        try:
            place = self._places.take()
        except CardError as error:
            raise SealError(str(error)) from error
        try:
            begun(order)
            for _ in range(2):
                zygote = self.zygote(place.card)
                outcome = self._slots[place.number].grade(order, zygote.folder)
                if zygote.alive():
                    return outcome
            words = "the process that kernels are forked from ended, twice: is there enough memory?"
            return Failure(order.student, order.slug, words, order.kept)
        finally:
            self._places.give_back(place)

    def check(self) -> None:
        """Make sure that kernels can be started and sealed, as at the beginning.

        Raises:
            SealError: They can no longer be.
        """
        for card in list(self._zygotes):
            self._started(self.zygote(card), self._limits)

    def zygote(self, card: Card | None = None) -> Zygote:
        """The zygote of a card that is used, or where none is, of the processor; a new one where
        it has ended.

        Raises:
            SealError: Kernels can no longer be sealed here, or nothing more is to be graded.
        """
        with self._lock:
            if self._closed:
                raise SealError("nothing more is to be graded")
            if not self._zygotes[card].alive():
                self._zygotes[card] = self._start(card)
            return self._zygotes[card]

    def _open_cards(self, found: list[SharedCard]) -> list[SharedCard]:
        """Start a zygote for each card; those on which no kernel can compute are left out."""
        if not found:
            return []
        usable = []
        with ThreadPoolExecutor(len(found)) as pool:
            loading = [pool.submit(self._load, one.card) for one in found]
        for one, loaded in zip(found, loading, strict=True):
            try:
                self._zygotes[one.card] = self._tried(loaded.result())
                usable.append(one)
            except SealError as error:
                _log.warning("%s is not used: %s", one.card, error)
        return usable

    def _start(self, card: Card | None) -> Zygote:
        return self._tried(self._load(card))

    def _load(self, card: Card | None) -> Zygote:
        zygote = Zygote(threads=self._threads, sealed=self._sealed, data=self._data, card=card)
        self._closing.callback(zygote.close)
        return zygote

    def _tried(self, zygote: Zygote) -> Zygote:
        try:
            self._started(zygote, self._limits)
        except BaseException:
            zygote.close()
            raise
        return zygote

    def close(self) -> None:
        """End its processes. What is still being graded comes to nothing, soon."""
        with self._lock:
            self._closed = True
        self._closing.close()

    def _close_slots(self) -> None:
        for slot in self._slots:
            slot.close()

    def __enter__(self) -> Slots:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Slot:
    """A process that grades one submission after the other, and another one when it ends.

    Args:
        share: The cores on which it runs, and its kernels: they wait for each other, and what one
            has just used is near the other there.
    """

    def __init__(self, share: set[int]) -> None:
        self._share = share
        self._process: ProcessPoolExecutor | None = None
        self._closed = False
        self._lock = threading.Lock()

    def grade(self, order: Order, zygote: Path) -> Result | Failure:
        """Grade a submission; a second time where the process ended at the first.

        Raises:
            SealError: It is closed.
        """
        for _ in range(2):
            coming = self._submit(order, zygote)
            try:
                return coming.result()
            except BrokenProcessPool:
                self._end()
            except Exception as error:
                words = f"{type(error).__name__}: {error}"
                return Failure(order.student, order.slug, words, order.kept)
        words = "the process that graded it ended, twice: is there enough memory?"
        return Failure(order.student, order.slug, words, order.kept)

    def _submit(self, order: Order, zygote: Path) -> Future[Result]:
        broken: Future[Result] = Future()
        for _ in range(_STARTS):
            with self._lock:
                # A process that was started now would be ended by nobody.
                if self._closed:
                    raise SealError("nothing more is to be graded")
                if self._process is None:
                    self._process = ProcessPoolExecutor(1, _forking(), _settle, (self._share,))
                try:
                    return self._process.submit(grade, order, zygote)
                except BrokenProcessPool as error:
                    broken.set_exception(error)
                    return broken
                except (OSError, EOFError) as error:
                    # What it would be forked from is just ending; later there is another one.
                    trouble = error
            self._end()
            time.sleep(_START_SECONDS)
        broken.set_exception(trouble)
        return broken

    def _end(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.shutdown(cancel_futures=True)

    def close(self) -> None:
        """End the process, and start none any more."""
        with self._lock:
            self._closed = True
        self._end()


@cache
def _forking() -> BaseContext:
    """Where slots come from: a process that has loaded what grading needs, once for all."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["proctor.pipeline.grading"])
    forkserver.ensure_running()
    return context


def _settle(share: set[int]) -> None:
    """Keep to some cores. Leave it to the command to be interrupted; but if it is killed, leave no
    slot behind.
    """
    # Cores may be taken away from a container while it runs.
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, share)
    # What it has loaded stays; to look through it for garbage takes time, and copies its pages.
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        parent = multiprocessing.parent_process()
        assert parent is not None
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
