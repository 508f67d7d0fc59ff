"""Bytes from strangers, wherever the trusted side parses them: read, or refused in words.

Here hypothesis makes them; ``python -m tests.fuzz`` hands the same functions to atheris.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from typing import Any

import msgspec
import nbformat
import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook

from proctor import wire
from proctor.course.cells import grade_id, is_check
from proctor.judge.errors import StudentError, StudentStopped
from proctor.judge.remote import Clock, Link, Remote
from proctor.limits import Limits
from proctor.pipeline.feedback import page
from proctor.pipeline.marks import CheckResult, Result, write_marks
from proctor.pipeline.reading import Unreadable, read_notebook, restore
from tests.conftest import tiny_notebook
from tests.dangers import Dangers

settings.register_profile("fixed", deadline=None, derandomize=True)
settings.load_profile("fixed")

scalars = st.none() | st.booleans() | st.integers(-99, 2**40) | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars,
    lambda parts: (
        st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=8), parts, max_size=4)
    ),
    max_leaves=12,
)


# The wire

tags = st.sampled_from([*"ltdicahx"])
tagged = st.recursive(
    scalars | st.binary(max_size=20),
    lambda parts: st.one_of(
        st.lists(parts, max_size=4),
        st.tuples(tags, parts, parts, parts).map(list),
        st.tuples(tags, parts).map(list),
        st.dictionaries(st.text(max_size=3), parts, max_size=3),
    ),
    max_leaves=15,
)
parts_of_answers = st.sampled_from(["value", "error", ["h", 1, "x"], ["l", "x"], 3]) | tagged
answers = st.lists(parts_of_answers, max_size=6).map(lambda parts: ["t", *parts])


def body_is_plain_data_or_refused(body: bytes) -> None:
    """What was taken can be packed again."""
    try:
        value = wire.unpack(body)
    except wire.WireError:
        return
    wire.pack(value)


class Stranger:
    """A kernel that answers every request with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self.here, self.there = socket.socketpair()
        self.there.sendall(answer)
        self.there.shutdown(socket.SHUT_WR)

    def connect(self) -> socket.socket:
        return self.here

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        self.there.close()

    def why_it_ended(self) -> str | None:
        return None


def answer_is_taken_or_the_students(body: bytes) -> None:
    """Whatever a kernel answers, the judge has a value, or an error of the student's."""
    kernel = Stranger(b"".join([struct.pack(">I", len(body)), body] * 4))
    link = Link(kernel, Clock(Limits()))
    with contextlib.suppress(StudentError, StudentStopped):
        value = link.request("value", "name")
        if isinstance(value, Remote):
            for use in (len, list, np.asarray, lambda remote: remote.part, repr):
                with contextlib.suppress(StudentError):
                    use(value)
    link.close()


@given(st.binary(max_size=300))
def test_any_body(body):
    body_is_plain_data_or_refused(body)


@given(tagged)
def test_bodies_that_lie(tree):
    body_is_plain_data_or_refused(msgspec.msgpack.encode(tree))


@given(answers | tagged)
@example(["t", ["h", 1, "x"], 3])
def test_answers_that_lie(tree):
    answer_is_taken_or_the_students(msgspec.msgpack.encode(tree))


# The notebook

cell_like = st.dictionaries(
    st.sampled_from(["cell_type", "source", "metadata", "outputs", "id", "input", "language"]),
    st.sampled_from(["code", "markdown", "raw"]) | anything,
    max_size=6,
)
with_ids = st.builds(
    lambda cell, name: {**cell, "metadata": {"nbgrader": {"grade_id": name}}},
    cell_like,
    st.sampled_from(["setup", "double", "doubles", "square", "squares", "other"]) | anything,
)
notebook_like = st.fixed_dictionaries(
    {},
    optional={
        "cells": st.lists(cell_like | with_ids | anything, max_size=8) | anything,
        "worksheets": st.lists(
            st.fixed_dictionaries({"cells": st.lists(cell_like, max_size=3)}), max_size=2
        )
        | anything,
        "metadata": anything,
        "nbformat": anything,
        "nbformat_minor": anything,
    },
)


def file_is_a_whole_notebook_or_refused(data: bytes) -> None:
    """What was read is valid, and has each of the instructor's checks once."""
    try:
        notebook = read_notebook(data)
    except Unreadable:
        return
    nbformat.validate(notebook)
    restored, problems = restore(notebook, tiny_notebook())
    nbformat.validate(restored)
    names = [grade_id(cell) for cell in restored.cells if is_check(cell)]
    assert sorted(map(str, names)) == ["doubles", "squares"]
    nbformat.writes(restored).encode()
    json.dumps(problems).encode()


@given(st.binary(max_size=400))
def test_any_file(data):
    file_is_a_whole_notebook_or_refused(data)


@given(notebook_like)
def test_files_that_look_like_notebooks(tree):
    file_is_a_whole_notebook_or_refused(json.dumps(tree).encode())


# What cells put out

hostile = st.sampled_from(
    ["<script>a</script>", '"><img src=x onerror=a>', "\x1b[31m<b>\x1b]0;t\x07", "\ud800", "aGk="]
)
output_like = st.dictionaries(
    st.sampled_from(
        ["output_type", "name", "text", "data", "ename", "evalue", "traceback", "metadata"]
    ),
    st.sampled_from(["stream", "error", "display_data", "execute_result", "stderr"])
    | hostile
    | st.dictionaries(
        st.sampled_from(["text/plain", "text/html", "image/png", "image/jpeg", "image/svg+xml"]),
        hostile | anything,
    )
    | anything,
)


def outputs_become_a_harmless_page(outputs: list[Any]) -> None:
    """A graded notebook and a page come of it, and nothing in the page acts."""
    cell = new_code_cell("x", id="a")
    cell.outputs = [nbformat.from_dict(output) for output in outputs]
    notebook = new_notebook()
    notebook.cells = [cell]
    checks = [CheckResult(id="a", score=0.0, max_score=1.0, tests=[])]
    write_marks(
        notebook, Result(student="s", slug="t", status="graded", checks=checks, problems=[])
    )
    nbformat.validate(notebook)
    assert Dangers(page(nbformat.from_dict(notebook))).found == []


@given(st.lists(output_like, max_size=4))
def test_outputs(outputs):
    outputs_become_a_harmless_page(outputs)
