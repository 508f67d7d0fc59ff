"""How many results a second one process writes: graded notebook, page, gradebook.

    .venv/bin/python -m benchmarks.writing [RESULTS]

Grades one right notebook, then writes its result for so many students, with the seconds that
each tenth of them took, for a gradebook may get slower as it grows.
"""

from __future__ import annotations

import itertools
import os
import platform
import sys
import time

from msgspec.structs import replace

from benchmarks.courses import own_course
from proctor.pipeline import batch
from proctor.pipeline.grading import grade, make_order
from proctor.sandbox.zygote import Zygote

SLUG = "custom_layer"
RESULTS = 500


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    with own_course({}) as course:
        data = course.source(SLUG).read_bytes()
        with Zygote() as zygote:
            result = grade(make_order(course, "ada", SLUG, data), zygote.folder)
        assert result.score == result.max_score, result
        marks, used = [time.perf_counter()], time.process_time()
        for number in range(count):
            batch.write(course, replace(result, student=f"student{number}"))
            if (number + 1) % (count // 10) == 0:
                marks.append(time.perf_counter())
        used = time.process_time() - used
        pages = [course.autograded("student0", SLUG), course.feedback("student0", SLUG)]
        kilobytes = sum(path.stat().st_size for path in pages) / 1000
    seconds = marks[-1] - marks[0]
    tenths = ", ".join(f"{b - a:.2f}" for a, b in itertools.pairwise(marks))
    print(f"{platform.machine()}, {os.cpu_count()} cores: {count} results of {SLUG}")
    print(f"{count / seconds:.1f} results a second; {kilobytes:.0f} kB of files each")
    print(f"{used / count * 1000:.0f} ms of CPU each, which is {count / used:.1f} a second at best")
    print(f"seconds for each tenth: {tenths}")


if __name__ == "__main__":
    main()
