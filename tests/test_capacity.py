"""How many submissions a machine grades at once, unless it is told."""

import pytest

from proctor.pipeline.capacity import at_once, cores, free_memory_mb, shares

MEMINFO = "MemTotal:       16000000 kB\nMemFree:         100000 kB\nMemAvailable:    8000000 kB\n"


@pytest.fixture
def meminfo(tmp_path):
    path = tmp_path / "meminfo"
    path.write_text(MEMINFO)
    return path


def test_one_a_core_where_there_is_memory():
    assert at_once(2_000, free_mb=10**6) == cores()


@pytest.mark.parametrize(("free", "expected"), [(500, 1), (2_999, 1), (5_001, 2), (3_001, 1)])
def test_no_more_than_there_is_memory_for(monkeypatch, free, expected):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    assert at_once(2_000, free_mb=free) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, [{2, 3, 5}]),
        (2, [{2}, {3, 5}]),
        (3, [{2}, {3}, {5}]),
        (4, [{2, 3, 5}] * 4),
    ],
)
def test_cores_are_shared_out_as_far_as_they_go(monkeypatch, count, expected):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {5, 3, 2})
    assert shares(count) == expected


def test_here_there_is_some():
    assert 100 < free_memory_mb() < 10**8


def test_what_linux_says_is_free(meminfo, tmp_path):
    assert free_memory_mb(meminfo, (tmp_path / "none",)) == 8_192


@pytest.mark.parametrize(("bound", "expected"), [("max\n", 8_192), ("3000000000\n", 3_000)])
def test_a_containers_bound_counts(meminfo, tmp_path, bound, expected):
    path = tmp_path / "memory.max"
    path.write_text(bound)
    assert free_memory_mb(meminfo, (path,)) == expected
