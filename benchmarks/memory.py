"""How much memory a further kernel in parallel really takes (PSS), with all that belongs to it.

    .venv/bin/python -m benchmarks.memory [SLUG]

Grades the same right answers with one kernel at a time, with two, three and four, and prints the
most memory that all processes held at once. Pages that several share count once.
"""

from __future__ import annotations

import sys

from benchmarks.courses import own_course
from benchmarks.throughput import grade

SLUG = "custom_layer"
JOBS = 4
EACH = 6


def main() -> None:
    """Measure and print."""
    slug = sys.argv[1] if len(sys.argv) > 1 else SLUG
    with own_course({slug: EACH * JOBS}) as course:
        before = 0.0
        for jobs in range(1, JOBS + 1):
            taken, _ = grade(course.root, slug, jobs, EACH * jobs)
            more = f", {taken.peak_mb - before:.0f} MB more" if before else ""
            before = taken.peak_mb
            print(f"{slug}, {jobs} at once: {before:.0f} MB{more}", flush=True)


if __name__ == "__main__":
    main()
