"""The student's namespace seen from outside, through a real sealed kernel."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from proctor.judge import Namespace, Remote, StudentError, is_a, plain, type_name
from proctor.judge.errors import GraderError, StudentStopped
from proctor.judge.remote import Clock, Link
from proctor.limits import Limits
from proctor.pipeline.run import NotebookRun

NOTEBOOK = """
import collections, os, pathlib, time
import keras
import numpy as np
import tensorflow as tf

number = 3
pair = (1, [2.5, None])
matrix = np.arange(6, dtype="int16").reshape(2, 3)
tensor = tf.constant([1.0, 2.0])
words = tf.constant(["a", "b"])
settings = collections.OrderedDict(sizes={3}, dtype=np.float16(0.5), name=np.str_("x"), none=None)
shape = tf.TensorShape([None, 3])
Point = collections.namedtuple("Point", "x y")
point = Point(1, 2)

class Liar:
    def __eq__(self, other): return True
    def __bool__(self): return True
    def __array__(self, dtype=None, copy=None): return np.array(["lies"], dtype=object)
liar = Liar()

class Box:
    value = 1
box = Box()

def add(a, b=10): return a + b
def size(x):
    if tf.reduce_sum(x) > 0:
        return x
    return -x
def count():
    for i in range(3): yield i
def fail(): raise KeyError("gone")
def quiet_fail():
    class Odd(Exception):
        def __str__(self): raise ValueError
    raise Odd
def hang():
    while True: time.sleep(0.01)
def leave(): os._exit(5)
def crash():
    import ctypes
    ctypes.string_at(0)
def half(): return "\\ud800"
def endless():
    a = []
    a.append(a)
    return a
def remember(text): pathlib.Path("kept.txt").write_text(text)
def recall(): return pathlib.Path("kept.txt").read_text()
"""

LIMITS = Limits(request_seconds=4, test_seconds=12)


@pytest.fixture(scope="module")
def sandbox(zygote) -> Iterator:
    with zygote.sandbox(LIMITS) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def space(sandbox) -> Iterator[Namespace]:
    notebook = new_notebook(cells=[new_code_cell(NOTEBOOK)])

    def start() -> NotebookRun:
        return NotebookRun(notebook, sandbox, LIMITS, time.monotonic() + 60)

    namespace = Namespace(start, Clock(Limits(request_seconds=4, submission_seconds=600)))
    yield namespace
    namespace.close()


@pytest.fixture
def student(space: Namespace) -> Namespace:
    space.start_test()
    space._clock.start_test(None)
    return space


def test_plain_data_comes_by_value(student):
    assert student.number == 3
    assert student.pair == (1, [2.5, None])
    assert student.matrix.dtype == np.int16
    assert student.matrix.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_the_rest_stays_and_can_be_used(student):
    assert isinstance(student.tensor, Remote)
    assert np.asarray(student.tensor).tolist() == [1.0, 2.0]
    assert plain(student.tensor.shape) == (2,)
    assert plain(student.shape) == (None, 3)
    assert plain(student.tensor.dtype) == "float32"
    assert plain(student.words) == [b"a", b"b"]
    assert float(student.tensor[1]) == 2.0
    assert len(student.tensor) == 2
    assert type_name(student.tensor).endswith("EagerTensor")
    assert is_a(student.tensor, "tf.Tensor")
    assert not is_a(student.tensor, "tf.Variable", "np.ndarray")
    assert plain(student.point) == (1, 2)
    assert plain(student.settings) == {"sizes": [3], "dtype": 0.5, "name": "x", "none": None}
    assert is_a(student.settings, "abc.Mapping", "np.ndarray")
    with pytest.raises(StudentError, match="no plain form"):
        plain(student.box)


def test_functions_take_plain_data_and_remotes(student):
    assert student.add(1) == 11
    assert student.add(1, b=2) == 3
    assert np.asarray(student.add(student.tensor, b=1.0)).tolist() == [2.0, 3.0]
    assert student.add(np.ones(2, "float32"), 1).dtype == np.float32


def test_iteration_is_lazy_and_ends(student):
    assert list(student.count()) == [0, 1, 2]
    assert list(student.matrix[0]) == [0, 1, 2]


def test_attributes_can_be_set(student):
    student.box.value = 5
    assert student.box.value == 5


def test_nothing_a_remote_says_of_itself_is_believed(student):
    liar = student.liar
    for comparison in (
        lambda: liar == 1,
        lambda: liar != 1,
        lambda: bool(liar),
        lambda: liar < 1,
        lambda: 1 in liar,
    ):
        with pytest.raises(GraderError):
            comparison()
    with pytest.raises(StudentError):
        np.asarray(liar)


def test_a_students_exception_comes_with_the_students_lines(student):
    with pytest.raises(StudentError) as caught:
        student.fail()
    assert caught.value.type_name == "KeyError"
    assert caught.value.is_a("LookupError")
    assert not caught.value.is_a("ValueError")
    assert 'raise KeyError("gone")' in caught.value.traceback
    assert "proctor" not in caught.value.traceback


def test_an_exception_that_cannot_be_read_is_one_all_the_same(student):
    with pytest.raises(StudentError, match="could not be read"):
        student.quiet_fail()


def test_a_missing_name_is_told_kindly(student):
    assert "number" in student
    assert "nothing" not in student
    with pytest.raises(StudentError, match="defines no `nothing`"):
        _ = student.nothing


def test_answers_that_cannot_cross_are_errors(student):
    for function in (student.half, student.endless):
        with pytest.raises(StudentError):
            plain(function())


def test_functions_are_shipped_by_source(student):
    def in_graph(function, x):
        """Not sent."""
        return tf.function(function)(x)  # noqa: F821

    assert float(student.run(in_graph, student.add, 1.0)) == 11.0


def test_a_function_is_sent_once(student, monkeypatch):
    def reciprocal(x):
        return 1 / x

    asked = []
    request = Link.request

    def note(link, operation, *arguments):
        asked.append(operation)
        return request(link, operation, *arguments)

    monkeypatch.setattr(Link, "request", note)
    with pytest.raises(StudentError, match="division by zero"):
        student.run(reciprocal, 0)
    assert student.run(reciprocal, 2) == 0.5
    assert student.run(reciprocal, x=4) == 0.25
    assert asked == ["run", "run", "call"]
    student.ship(reciprocal)
    assert len(asked) == 3


def test_what_a_shipped_function_calls_is_converted_by_autograph(student):
    def by_lambda(function, x):
        return tf.function(lambda y: function(y))(x)  # noqa: F821

    def by_def(function, x):
        @tf.function  # noqa: F821
        def inner(y):
            return function(y)

        return inner(x)

    for function in (by_lambda, by_def):
        assert float(student.run(function, student.size, student.tf.constant(-2.0))) == 2.0


def test_what_cannot_run_over_there_is_not_shipped(student):
    outside = 3

    def closes_over(x):
        return x + outside

    for function in (closes_over, lambda x: x, len):
        with pytest.raises(GraderError):
            student.ship(function)


def test_modules_can_be_used_without_the_notebooks_names(student):
    layer = student.keras.layers.Dense(2)
    assert np.asarray(layer(student.tf.ones((3, 4)))).shape == (3, 2)


def test_a_hang_is_interrupted_and_told(student):
    with pytest.raises(StudentStopped) as caught:
        student.hang()
    assert "still running after 4 s" in str(caught.value)
    assert "while True: time.sleep(0.01)" in str(caught.value)


def test_the_next_test_gets_a_new_kernel(student):
    student.box.value = 7
    with pytest.raises(StudentStopped):
        student.hang()
    with pytest.raises(StudentStopped):
        _ = student.number
    student.start_test()
    student._clock.start_test(None)
    assert student.box.value == 1


def test_a_kernel_that_leaves_is_told(student):
    with pytest.raises(StudentStopped, match="exit status 5"):
        student.leave()


def test_a_kernel_that_crashes_is_told(student):
    with pytest.raises(StudentStopped, match="SIGSEGV: a memory access that is not allowed"):
        student.crash()


def test_a_fresh_kernel_has_the_same_files_and_nothing_else(student):
    student.remember("still here")
    student.box.value = 9
    other = student.fresh()
    assert other.recall() == "still here"
    assert other.box.value == 1
    with pytest.raises(GraderError, match="another kernel"):
        other.add(student.tensor)


def test_all_of_a_tests_requests_share_its_time(zygote):
    notebook = new_notebook(cells=[new_code_cell("import time\ndef wait(): time.sleep(0.4)")])
    limits = Limits()
    with zygote.sandbox(limits) as sandbox:
        clock = Clock(limits)
        namespace = Namespace(
            lambda: NotebookRun(notebook, sandbox, limits, time.monotonic() + 60), clock
        )
        try:
            wait = namespace.wait
            clock.start_test(1.0)
            with pytest.raises(StudentStopped):
                [wait() for _ in range(5)]
        finally:
            namespace.close()
