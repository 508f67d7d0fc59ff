"""What holds on a real graphics card. Without one, all of it is skipped."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from proctor.course.course import Course
from proctor.judge.remote import Clock, Namespace
from proctor.limits import Limits
from proctor.pipeline.batch import grade_all
from proctor.pipeline.grading import make_order
from proctor.pipeline.marks import Result
from proctor.pipeline.places import SLACK_MB, SharedCard
from proctor.pipeline.run import NotebookRun
from proctor.pipeline.selftest import selftest
from proctor.pipeline.slots import Slots
from proctor.sandbox import cards
from proctor.sandbox.cards import Card
from proctor.sandbox.doctor import probe
from proctor.sandbox.zygote import Zygote
from tests.conftest import PROJECT, answer, as_bytes

FOUND = cards.survey()
USABLE = bool(FOUND.cards) and cards.tensorflow_has_cuda()
pytestmark = [
    pytest.mark.skipif(
        not USABLE and "PROCTOR_NEEDS_GPU" not in os.environ,
        reason="; ".join(["needs an NVIDIA card", *FOUND.remarks]),
    ),
    pytest.mark.timeout(600),
]
LIMITS = Limits(gpu_memory_mb=1_000)


@pytest.fixture(scope="module")
def card() -> Card:
    assert USABLE, FOUND.remarks or "no card, or a TensorFlow that was not built for CUDA"
    return FOUND.cards[0]


@pytest.fixture(scope="module")
def zygote(card) -> Iterator[Zygote]:
    """A zygote whose kernels compute on the card."""
    with Zygote(card=card) as found:
        yield found


@pytest.fixture
def kernel(zygote) -> Iterator[Callable[[str], Namespace]]:
    """Runs code in a sealed kernel and returns the names that it defines."""
    spaces: list[Namespace] = []
    sandboxes = []

    def run(code: str) -> Namespace:
        sandbox = zygote.sandbox(LIMITS)
        sandboxes.append(sandbox)
        notebook = new_notebook(cells=[new_code_cell(f"import tensorflow as tf\n{code}")])
        end = time.monotonic() + 120
        space = Namespace(lambda: NotebookRun(notebook, sandbox, LIMITS, end), Clock(LIMITS))
        spaces.append(space)
        return space

    yield run
    for space in spaces:
        space.close()
    for sandbox in sandboxes:
        sandbox.close()


def users_of_the_driver(zygote: Zygote) -> dict[int, list[str]]:
    """Which files of the driver the zygote and all it has started hold open, by process."""
    holder = psutil.Process(zygote.pid)
    found = {}
    for process in [holder, *holder.children(recursive=True)]:
        folder = Path(f"/proc/{process.pid}/fd")
        links = [os.readlink(path) for path in folder.iterdir() if path.is_symlink()]
        if opened := [link for link in links if link.startswith("/dev/nvidia")]:
            found[process.pid] = opened
    return found


def test_a_kernel_sees_one_card_and_is_sealed(zygote, kernel, card):
    findings, _ = probe(zygote, LIMITS)
    assert findings.sealed, [(name, words) for name, good, words in findings.judged() if not good]
    space = kernel("""
import os
seen = len(tf.config.list_physical_devices("GPU"))
where = tf.constant(1.0).device
files = sorted(os.listdir("/dev"))
""")
    assert space.seen == 1
    assert space.where.endswith("GPU:0")
    numbered = [name for name in space.files if name.removeprefix("nvidia").isdecimal()]
    assert numbered == [Path(card.devices[0]).name]


def test_the_zygote_has_not_started_cuda(zygote, kernel):
    assert users_of_the_driver(zygote) == {}
    assert kernel("one = 1").one == 1
    # The kernel is the only process that has.
    assert len(users_of_the_driver(zygote)) == 1


def test_products_have_all_their_bits(kernel):
    # TF32 would round each factor to 1.
    space = kernel("""
x = tf.fill((64, 64), 1 + 2.0**-12)
product = tf.linalg.matmul(x, tf.eye(64)).numpy()
""")
    assert (space.product == 1 + 2.0**-12).all()


def test_a_kernel_takes_its_share_of_the_memory_and_no_more(kernel):
    space = kernel("""
within = tf.zeros(500 * 2**20, tf.uint8).device
try:
    tf.zeros(1500 * 2**20, tf.uint8)
    beyond = "taken"
except tf.errors.ResourceExhaustedError:
    beyond = "refused"
""")
    assert space.within.endswith("GPU:0")
    assert space.beyond == "refused"


def test_the_memory_of_a_killed_kernel_comes_back(zygote, kernel):
    [card] = [found for found in cards.survey().cards if found.uuid == zygote.card.uuid]
    shared = SharedCard(card, LIMITS.gpu_memory_mb)
    shared.enter()
    space = kernel("held = tf.zeros(800 * 2**20, tf.uint8)\nready = True")
    assert space.ready is True
    assert cards.used_mb(card) > card.used_mb + 800
    [pid] = users_of_the_driver(zygote)
    psutil.Process(pid).kill()
    shared.leave()
    assert cards.used_mb(card) <= card.used_mb + SLACK_MB


def test_two_submissions_share_a_card(course, card, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", card.uuid)
    on_card = """
assert tf.constant(1.0).device.endswith("GPU:0")
held = tf.zeros(500 * 2**20, tf.uint8)
def double(x): return 2 * np.asarray(x)
"""
    course.limits = LIMITS
    with Slots(2, gpu_memory_mb=LIMITS.gpu_memory_mb) as slots:
        if slots.size < 2:
            pytest.skip("the card has room for one submission only")
    names = [f"student {number}" for number in range(6)]
    orders = [make_order(course, name, "tiny", as_bytes(answer(on_card))) for name in names]
    outcomes = list(grade_all(orders, jobs=2))
    assert all(isinstance(outcome, Result) for outcome in outcomes), outcomes
    assert [outcome.score for outcome in outcomes] == [6.0] * 6, outcomes


def test_the_graders_are_right_on_a_card():
    course = Course(PROJECT)
    with Slots(1, gpu_memory_mb=course.limits.gpu_memory_mb) as slots:
        assert slots.cards, "kernels would compute on the processor"
    verdicts = selftest(course, ["custom_layer"])
    assert [f"{v.case.name}: {v.wrong}" for v in verdicts if v.wrong] == []
