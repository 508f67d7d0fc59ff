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
    with own_course({slug: 1 + EACH * JOBS}) as course:
        before = 0.0
        for jobs in range(1, JOBS + 1):
            peak = grade(course.root, slug, 1, EACH * jobs - 1, jobs).peak_mb
            more = f", {peak - before:.0f} MB more" if before else ""
            before = peak
            print(f"{slug}, {jobs} at once: {before:.0f} MB{more}", flush=True)


if __name__ == "__main__":
    main()
