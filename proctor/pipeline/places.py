"""Where submissions are graded side by side: on the processor, or on places of graphics cards.

A place is room for one submission on a card. It is free again once what its kernels took of the
card's memory has come back, and taken out where it does not.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from proctor.sandbox import cards
from proctor.sandbox.cards import Card, CardError

# A hidden test may run the notebook in a second kernel beside the first.
KERNELS = 2
# What CUDA and its libraries take in each kernel, beside what TensorFlow may take.
CONTEXT_MB = 1_000
# What stays free on a card.
RESERVE_MB = 500
# What the driver itself may take or give back meanwhile.
SLACK_MB = 200
SETTLE_SECONDS = 20.0
LOOK_SECONDS = 0.2

_log = logging.getLogger(__name__)


class SharedCard:
    """A card, and how much of its memory those who compute on it may take.

    Args:
        card: The card, as it was before anybody computed on it.
        gpu_memory_mb: What TensorFlow may take in one kernel.

    Attributes:
        card: The card.
        places: How many submissions fit on it at once.
    """

    def __init__(self, card: Card, gpu_memory_mb: int) -> None:
        self.card = card
        self._share = KERNELS * (gpu_memory_mb + CONTEXT_MB)
        self.places = max(0, card.total_mb - card.used_mb - RESERVE_MB) // self._share
        self._before = card.used_mb
        self._busy = 0
        self._lock = threading.Lock()

    def enter(self) -> None:
        """Take a place. Waits while somebody's memory is coming back."""
        with self._lock:
            self._busy += 1

    def leave(self) -> None:
        """Give a place back once its memory is there for the next.

        That is so when no more is taken than those who are left may take. Whose memory it is,
        the driver does not tell inside a container.

        Raises:
            CardError: The memory does not come back. The place stays taken.
        """
        with self._lock:
            bound = self._before + (self._busy - 1) * self._share + SLACK_MB
            deadline = time.monotonic() + SETTLE_SECONDS
            while (used := cards.used_mb(self.card)) > bound:
                if time.monotonic() > deadline:
                    raise CardError(
                        f"{used - bound} MB of its memory did not come back within "
                        f"{SETTLE_SECONDS:g} s; `nvidia-smi` shows who holds it"
                    )
                time.sleep(LOOK_SECONDS)
            self._busy -= 1


@dataclass(frozen=True)
class Place:
    """Room for one submission.

    Attributes:
        number: Which of all places.
        shared: The card that it is on; None for the processor.
    """

    number: int
    shared: SharedCard | None = None

    @property
    def card(self) -> Card | None:
        """The card itself."""
        return self.shared.card if self.shared else None


class Places:
    """The places of a machine, taken and given back by several threads.

    Args:
        size: How many at most.
        shared: The cards; where there are any, all places are on them, in turn.

    Attributes:
        size: How many there are.
    """

    def __init__(self, size: int, shared: Sequence[SharedCard] = ()) -> None:
        in_turn = chain.from_iterable(zip_longest(*([card] * card.places for card in shared)))
        on_cards = [card for card in in_turn if card is not None]
        found = on_cards[:size] or [None] * size
        self.size = self._left = len(found)
        self._free: queue.SimpleQueue[Place | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        for number, card in enumerate(found):
            self._free.put(Place(number, card))

    def take(self) -> Place:
        """A free place; waits for one.

        Raises:
            CardError: None is left.
        """
        place = self._free.get()
        if place is None:
            self._free.put(None)
            raise CardError("no graphics card gives back the memory that kernels took of it")
        if place.shared:
            place.shared.enter()
        return place

    def give_back(self, place: Place) -> None:
        """Let others have a place, as soon as it is as it was."""
        try:
            if place.shared:
                place.shared.leave()
        except CardError as error:
            _log.warning("One place less on %s: %s", place.card, error)
            with self._lock:
                self._left -= 1
            if not self._left:
                self._free.put(None)
        else:
            self._free.put(place)


def shared_cards(gpu_memory_mb: int) -> list[SharedCard]:
    """The cards of this machine that have room for kernels, if kernels are to use any.

    What keeps a card from being used is logged.

    Args:
        gpu_memory_mb: What TensorFlow may take in one kernel; 0 for no cards.
    """
    if gpu_memory_mb <= 0:
        return []
    found = cards.survey()
    for remark in found.remarks:
        _log.warning("%s", remark)
    if found.cards and not cards.tensorflow_has_cuda():
        _log.warning("There are graphics cards, but this TensorFlow was not built for them.")
        return []
    shared = [SharedCard(card, gpu_memory_mb) for card in found.cards]
    for one in shared:
        if not one.places:
            _log.warning("%s", no_room(one.card, gpu_memory_mb))
    return [one for one in shared if one.places]


def no_room(card: Card, gpu_memory_mb: int) -> str:
    """What to say of a card that is too full or too small."""
    free = card.total_mb - card.used_mb
    return (
        f"{card} is not used: {free} MB are free, and a submission may take "
        f"{KERNELS * (gpu_memory_mb + CONTEXT_MB)} MB; c.Course.limits gpu_memory_mb bounds it"
    )
