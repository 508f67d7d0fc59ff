"""Where the time of one submission goes, for each exercise.

    .venv/bin/python -m benchmarks.phases [SLUG…]

Grades the instructor's solution again and again, on one core, as where each core grades one, and
prints the medians. A phase's time is that between asking for it and having it: what student code
takes is in it.
"""

from __future__ import annotations

import functools
import inspect
import os
import platform
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from benchmarks.courses import HERE, own_course
from proctor.course.course import Course
from proctor.judge.remote import Link
from proctor.pipeline import batch
from proctor.pipeline.capacity import cores, shares
from proctor.pipeline.client import SealedClient
from proctor.pipeline.grading import grade, make_order
from proctor.sandbox.provisioner import SealedProvisioner
from proctor.sandbox.zygote import Sandbox, Zygote

TIMES = 3
PHASES = {
    "sandbox": [(Sandbox, "__init__"), (Sandbox, "close")],
    "kernels": [(SealedProvisioner, "launch_kernel"), (SealedClient, "_connected")],
    "cells": [(SealedClient, "_run_cell")],
    "requests": [(Link, "request")],
}


class Watch:
    """Adds up how long some functions take, and how often they are called."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what is done meanwhile."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - start
            self.calls[name] += 1

    def around(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The same function, counted."""

        @functools.wraps(function)
        async def later(*args: Any, **kwargs: Any) -> Any:
            with self.phase(name):
                return await function(*args, **kwargs)

        @functools.wraps(function)
        def now(*args: Any, **kwargs: Any) -> Any:
            with self.phase(name):
                return function(*args, **kwargs)

        return later if inspect.iscoroutinefunction(function) else now


@contextmanager
def watching() -> Iterator[Watch]:
    """Count the phases of all that is graded meanwhile."""
    watch = Watch()
    places = [(name, *place) for name, found in PHASES.items() for place in found]
    before = [(owner, function, getattr(owner, function)) for _, owner, function in places]
    for (name, owner, function), (_, _, old) in zip(places, before, strict=True):
        setattr(owner, function, watch.around(old, name))
    try:
        yield watch
    finally:
        for owner, function, old in before:
            setattr(owner, function, old)


def once(course: Course, slug: str, zygote: Zygote) -> tuple[Counter[str], Counter[str]]:
    """Grade the solution and write its result."""
    order = make_order(course, "ada", slug, course.source(slug).read_bytes())
    order = replace(order, limits=replace(order.limits, threads=1))
    start = time.perf_counter()
    with watching() as watch:
        result = grade(order, zygote.folder)
    watch.seconds["rest"] = time.perf_counter() - start - watch.seconds.total()
    assert result.score == result.max_score, result
    with watch.phase("written"):
        batch.write(course, result)
    return watch.seconds, watch.calls


def main(slugs: list[str]) -> None:
    """Measure and print."""
    names = [*PHASES, "rest", "written"]
    title = f"seconds, median of {TIMES}, {os.cpu_count()} cores, {platform.machine()}"
    table = Table(title=title)
    for heading in ("exercise", *names, "in all", "kernels", "requests"):
        table.add_column(heading, justify="left" if heading == "exercise" else "right")
    with own_course({}) as course, Zygote(threads=1, data=course.data) as zygote:
        os.sched_setaffinity(0, shares(cores())[0])
        for slug in Course(HERE).choose(slugs):
            once(course, slug, zygote)
            runs = [once(course, slug, zygote) for _ in range(TIMES)]
            middle = [statistics.median(seconds[name] for seconds, _ in runs) for name in names]
            calls = runs[-1][1]
            counts = (str(calls["kernels"] // 2), str(calls["requests"]))
            table.add_row(slug, *(f"{value:.2f}" for value in [*middle, sum(middle)]), *counts)
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
