"""A folder to work in: what is new comes, and what was done there stays."""

from __future__ import annotations

import pytest

from proctor.course.course import Course, CourseError
from proctor.course.release import START
from proctor.course.workplace import RECORD, renew


@pytest.fixture
def released(course) -> Course:
    """A course whose release/ is made up."""
    give_out(course, START, "start")
    give_out(course, "tiny/tiny.ipynb", "first")
    give_out(course, "tiny/numbers.csv", "1,2")
    give_out(course, "tiny/.ipynb_checkpoints/tiny-checkpoint.ipynb", "trial")
    return course


def give_out(course: Course, name: str, text: str) -> None:
    path = course.root / "release" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_all_is_copied_once(released):
    work = released.root / "work"
    names = [START, "tiny/numbers.csv", "tiny/tiny.ipynb"]
    assert renew(released, work).copied == [work / name for name in names]
    found = [path for path in work.rglob("*") if path.is_file()]
    assert sorted(found) == sorted([*(work / name for name in names), work / RECORD])
    assert renew(released, work).copied == []


def test_what_was_changed_is_never_overwritten(released):
    work = released.root / "work"
    renew(released, work)
    mine, data = work / "tiny" / "tiny.ipynb", work / "tiny" / "numbers.csv"
    mine.write_text("mine")
    assert renew(released, work).kept == []

    give_out(released, "tiny/tiny.ipynb", "second")
    give_out(released, "tiny/numbers.csv", "3,4")
    for _ in range(2):
        assert renew(released, work).kept == [mine]
        assert (mine.read_text(), data.read_text()) == ("mine", "3,4")

    mine.rename(work / "tiny" / "mine.ipynb")
    assert renew(released, work).copied == [mine]
    assert mine.read_text() == "second"
    assert (work / "tiny" / "mine.ipynb").read_text() == "mine"


@pytest.mark.parametrize("record", [None, b"{", b"\xff", b"[1]"])
def test_without_a_record_nothing_is_lost_either(released, record):
    work = released.root / "elsewhere" / "work"
    (work / "tiny").mkdir(parents=True)
    mine = work / "tiny" / "tiny.ipynb"
    mine.write_text("mine")
    if record is not None:
        (work / RECORD).write_bytes(record)
    assert renew(released, work).kept == [mine]
    assert mine.read_text() == "mine"


def test_where_one_cannot_work_it_says_why(released):
    with pytest.raises(CourseError, match="written anew"):
        renew(released, released.root / "release" / "tiny")
    (released.root / "work" / START).mkdir(parents=True)
    with pytest.raises(CourseError, match="cannot be worked in"):
        renew(released, released.root / "work")
    (released.root / "file").write_text("")
    with pytest.raises(CourseError, match="cannot be worked in"):
        renew(released, released.root / "file")
