"""Submissions come out of the zip files that Canvas and Moodle give, and nothing else does."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from proctor.cli import app
from proctor.course.course import Course, CourseError
from proctor.exchange import archive
from proctor.exchange.collect import Collected, collect
from proctor.exchange.names import Reading, readings
from proctor.exchange.people import Person, made_id, match, safe_id
from tests.conftest import make_course

CANVAS_ROSTER = """\
Student,ID,SIS User ID,SIS Login ID,Section
,,,,
    Points Possible,,,,
"Lovelace, Ada",11,s11,ada,A
"Hopper, Grace",12,s12,,A
"bob_11_5",13,s13,bob,A
"Çelik, Şeyda",14,,a+b/../c,A
"""
WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Last modified (submission),Last modified (grade)
Participant 501,Ada Lovelace,ada@uni.example,Submitted,,"Sunday, 1 March 2026, 10:15 AM",-
Participant 502,Grace Hopper,grace@uni.example,Submitted,,"Sonntag, 1. März 2026, 10:15",-
Participant 503,Alan Turing,alan@uni.example,Submitted,,-,-
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Course:
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture
def course(tiny, tmp_path) -> Course:
    """The tiny course, with an empty ``submitted/``."""
    empty = Course(tiny.root)
    empty.root = tmp_path / "course"
    empty.root.mkdir()
    return empty


@pytest.fixture
def pack(tmp_path):
    """Makes a zip file."""

    def make(*entries: tuple[str | zipfile.ZipInfo, bytes], name: str = "all.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for entry, content in entries:
                file.writestr(entry, content)
        return path

    return make


def roster(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return path


def there(course: Course) -> dict[str, bytes]:
    """All files below submitted/."""
    root = course.root / "submitted"
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def whys(done: Collected) -> dict[str, str]:
    return {file.name: file.why for file in done.left_out}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("lovelaceada_11_501_tiny.ipynb", [("lovelaceada", "11", "tiny.ipynb", 501, False)]),
        ("byronada_LATE_11_501_tiny-2.ipynb", [("byronada", "11", "tiny-2.ipynb", 501, True)]),
        ("anon_Xy1Z2_501_tiny.ipynb", [("anon", "Xy1Z2", "tiny.ipynb", 501, False)]),
        ("LATE_anon_Xy1Z2_501_tiny.ipynb", [("anon", "Xy1Z2", "tiny.ipynb", 501, True)]),
        ("çelikşeyda_14_501_my (1).ipynb", [("çelikşeyda", "14", "my (1).ipynb", 501, False)]),
        ("again/lovelaceada_11_501_tiny.ipynb", [("lovelaceada", "11", "tiny.ipynb", 501, False)]),
        # Two ways each: only one of them can be true, and which one the name does not say.
        ("bob_11_5_13_501_tiny.ipynb", [("bob", "11", "13_501_tiny.ipynb", 5, False),
                                        ("bob_11", "5", "501_tiny.ipynb", 13, False),
                                        ("bob_11_5", "13", "tiny.ipynb", 501, False)]),
        ("ada_11_501_01_tiny.ipynb", [("ada", "11", "01_tiny.ipynb", 501, False),
                                      ("ada_11", "501", "tiny.ipynb", 1, False)]),
        ("anon_12_99_501_tiny.ipynb", [("anon", "12", "501_tiny.ipynb", 99, False),
                                       ("anon_12", "99", "tiny.ipynb", 501, False)]),
        # Canvas makes names small and takes such characters out: these are parts of file names.
        ("bob_13_501_Ada_11_502_tiny.ipynb", [("bob", "13", "Ada_11_502_tiny.ipynb", 501, False)]),
        ("bob_13_501_x-ada_11_502_t.ipynb", [("bob", "13", "x-ada_11_502_t.ipynb", 501, False)]),
        ("tiny.ipynb", []),
        ("../../etc/passwd", []),
        ("a" + "_1" * 30_000 + "_tiny.ipynb", []),
        ("_11_501_tiny.ipynb", []),
        ("bob_13_link.html", [("bob", "13", "link.html", 0, False, True)]),
    ],
)  # fmt: skip
def test_names_of_canvas_are_read(name, found):
    assert readings(name, "canvas") == [Reading(*values) for values in found]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Ada Byron_501_assignsubmission_file/tiny.ipynb", ("Ada Byron", "501", "tiny.ipynb")),
        ("Ada Byron_501_assignsubmission_file_/tiny.ipynb", ("Ada Byron", "501", "tiny.ipynb")),
        ("Ada Byron_501_assignsubmission_file_tiny.ipynb", ("Ada Byron", "501", "tiny.ipynb")),
        ("all/Ö Ü_5_assignsubmission_file/a/tiny.ipynb", ("Ö Ü", "5", "a/tiny.ipynb")),
        ("Eve_9_assignsubmission_file/Ada_5_assignsubmission_file/tiny.ipynb",
         ("Eve", "9", "Ada_5_assignsubmission_file/tiny.ipynb")),
        ("Participant_501_assignsubmission_file/tiny.ipynb", ("Participant", "501", "tiny.ipynb")),
    ],
)  # fmt: skip
def test_names_of_moodle_are_read(name, found):
    assert readings(name, "moodle") == [Reading(*found)]


def test_canvas_with_a_roster(course, pack, tmp_path):
    path = pack(
        ("lovelaceada_11_501_tiny.ipynb", b"first"),
        ("lovelaceada_LATE_11_700_tiny-1.ipynb", b"second"),
        ("hoppergrace_12_502_homework.ipynb", b"grace"),
        ("bob_11_5_13_503_tiny.ipynb", b"bob"),
        ("çelikşeyda_14_504_tiny (2).ipynb", b"seyda"),
        ("gonewith_77_505_tiny.ipynb", b"gone"),
        ("lovelaceada_11_506_notes.pdf", b"pdf"),
    )
    done = collect(course, [path], "tiny", roster=roster(tmp_path, CANVAS_ROSTER))
    assert there(course) == {
        "ada/tiny/tiny.ipynb": b"second",
        "s12/tiny/tiny.ipynb": b"grace",
        "bob/tiny/tiny.ipynb": b"bob",
        "a-b-..-c/tiny/tiny.ipynb": b"seyda",
        "gonewith-77/tiny/tiny.ipynb": b"gone",
    }
    notes = {taken.student: taken.notes for taken in done.taken}
    assert notes["ada"] == ["late, but the zip file does not say when it came in"]
    assert notes["gonewith-77"] == ["not in the roster"]
    assert whys(done) == {
        "lovelaceada_11_501_tiny.ipynb": "`lovelaceada_LATE_11_700_tiny-1.ipynb` is later",
        "lovelaceada_11_506_notes.pdf": "no notebook",
    }
    assert done.missed == []


def test_canvas_without_a_roster(course, pack):
    path = pack(
        ("lovelaceada_11_501_tiny.ipynb", b"ada"),
        ("bob_11_5_13_503_tiny.ipynb", b"bob"),
        ("李小龍_15_504_tiny.ipynb", b"li"),
        ("LATE_anon_Xy1Z2_505_tiny.ipynb", b"anon"),
        ("hoppergrace_12_506_a.ipynb", b"1"),
        ("hoppergrace_12_507_b.ipynb", b"2"),
        ("turing_16_508_tiny.zip", b"PK"),
        ("eve_17_text.html", b"typed"),
        ("tiny.ipynb", b"whose"),
    )
    done = collect(course, [path], "tiny")
    assert there(course) == {
        "lovelaceada-11/tiny/tiny.ipynb": b"ada",
        "15/tiny/tiny.ipynb": b"li",
        "anon-Xy1Z2/tiny/tiny.ipynb": b"anon",
    }
    assert len(done.missed) == len(done.left_out) == 6
    several = "there are several notebooks, and none is called tiny.ipynb"
    assert whys(done) == {
        "bob_11_5_13_503_tiny.ipynb": "its name can be read in several ways: give a roster",
        "hoppergrace_12_506_a.ipynb": several,
        "hoppergrace_12_507_b.ipynb": several,
        "turing_16_508_tiny.zip": "a zip file in the zip file: ask for the notebook that is in it",
        "eve_17_text.html": "text or a link typed into the platform, and no file",
        "tiny.ipynb": "its name is not as canvas gives them",
    }


def test_moodle_with_a_worksheet_knows_when(course, pack, tmp_path):
    path = pack(
        ("Ada Lovelace_501_assignsubmission_file/tiny.ipynb", b"ada"),
        ("Ada Lovelace_501_assignsubmission_onlinetext/onlinetext.html", b"typed"),
        ("Grace Hopper_502_assignsubmission_file/sub/tiny.ipynb", b"grace"),
        ("Alan Turing_503_assignsubmission_file/tiny.ipynb", b"old"),
        ("__MACOSX/._Alan Turing_503_assignsubmission_file", b"rubbish"),
    )
    later = pack(("Alan Turing_503_assignsubmission_file_tiny.ipynb", b"new"), name="later.zip")
    sheet = roster(tmp_path, WORKSHEET)
    done = collect(course, [path, later], "tiny", roster=sheet, timezone="Europe/Vienna")
    assert there(course) == {
        "ada@uni.example/tiny/tiny.ipynb": b"ada",
        "ada@uni.example/tiny/timestamp.txt": b"2026-03-01 09:15:00 UTC\n",
        "grace@uni.example/tiny/tiny.ipynb": b"grace",
        "alan@uni.example/tiny/tiny.ipynb": b"new",
    }
    notes = {taken.student: taken.notes for taken in done.taken}
    assert notes["ada@uni.example"] == ["came in at 2026-03-01 09:15 UTC"]
    assert notes["grace@uni.example"] == [
        "not understood when it came in: Sonntag, 1. März 2026, 10:15"
    ]
    assert done.missed == []


def test_nothing_is_replaced_unasked(course, pack, tmp_path):
    sheet = roster(tmp_path, WORKSHEET)
    name = "Ada Lovelace_501_assignsubmission_file/tiny.ipynb"
    first, second = pack((name, b"1"), name="1.zip"), pack((name, b"2"), name="2.zip")
    place = course.submitted("ada@uni.example", "tiny")
    collect(course, [first], "tiny", roster=sheet, timezone="UTC")
    again = collect(course, [first], "tiny", roster=sheet, timezone="UTC")
    assert again.taken[0].notes == ["was there already"]
    done = collect(course, [second], "tiny", roster=sheet)
    assert "is there already and differs: --force replaces it" in done.missed[0].why
    assert place.notebook.read_bytes() == b"1"
    done = collect(course, [second], "tiny", roster=sheet, force=True)
    assert done.taken[0].notes == ["replaced another one"]
    # When the new one came in is not known, and the old one's time is not its own.
    assert there(course) == {"ada@uni.example/tiny/tiny.ipynb": b"2"}


def test_where_the_best_counts_what_is_replaced_is_kept(course, pack):
    course.counts = "best"
    name = "ada_1_1_tiny.ipynb"
    for content in (b"1", b"2", b"2"):
        collect(course, [pack((name, content))], "tiny", force=True)
    (kept,) = course.kept("ada-1", "tiny").iterdir()
    assert (kept / "tiny.ipynb").read_bytes() == b"1"
    (course.root / "kept").rename(course.root / "aside")
    (course.root / "kept").write_text("in the way")
    done = collect(course, [pack((name, b"3"))], "tiny", force=True)
    assert "could not be kept" in done.missed[0].why
    assert there(course) == {"ada-1/tiny/tiny.ipynb": b"2"}


def test_two_uploads_without_an_order_are_left_to_a_person(course, pack):
    done = collect(
        course,
        [
            pack(
                ("Ada_501_assignsubmission_file/tiny (1).ipynb", b"1"),
                ("Ada_501_assignsubmission_file/tiny (2).ipynb", b"2"),
                ("Bob_502_assignsubmission_file/tiny.ipynb", b"3"),
                ("Bob_502_assignsubmission_file/tiny (1).ipynb", b"4"),
            )
        ],
        "tiny",
    )
    assert there(course) == {"bob-502/tiny/tiny.ipynb": b"3"}
    assert [file.why for file in done.missed] == [
        "there is another one, and nothing says which is the later one"
    ] * 2


def test_two_students_never_share_an_id(course, pack, tmp_path):
    same = CANVAS_ROSTER + '"Other, One",21,x,A+B,A\n"Other, Two",22,y,a/b,A\nThree,23,z,A-B,A\n'
    path = pack(
        ("otherone_21_501_tiny.ipynb", b"1"),
        ("three_23_502_tiny.ipynb", b"3"),
    )
    done = collect(course, [path], "tiny", roster=roster(tmp_path, same))
    assert there(course) == {}
    assert {file.why for file in done.missed} == {"several students would get the id `A-B`"}


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def squeezed(name: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.compress_type = method
    return info


def test_hostile_entries_are_left_out_and_the_rest_is_taken(course, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1_000_000)
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("good_1_1_tiny.ipynb", b"good")
        file.writestr("bomb_2_2_tiny.ipynb", bytes(50_000_000))
        file.writestr(link("link_3_3_tiny.ipynb"), b"/etc/passwd")
        file.writestr(squeezed("bzip_4_4_tiny.ipynb", zipfile.ZIP_BZIP2), bytes(900_000))
        file.writestr("../../up_5_5_tiny.ipynb", b"up")
        file.writestr("/abs_6_6_tiny.ipynb", b"absolute")
        file.writestr("twice_7_7_tiny.ipynb", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("twice_7_7_tiny.ipynb", b"2")
        file.writestr("esc\x1b[2J\ntaken: x_8_8_tiny.ipynb", b"escape")
        file.writestr("damaged_9_9_tiny.ipynb", b"damaged-damaged")
        file.writestr("secret_10_10_tiny.ipynb", b"secret")
    data = bytearray(path.read_bytes())
    start = data.index(b"damaged_9_9_tiny.ipynb") + len("damaged_9_9_tiny.ipynb")
    data[start] ^= 0xFF
    # The flag that says encrypted, in the entry of the central directory.
    entry = data.rindex(b"secret_10_10_tiny.ipynb") - 46
    data[entry + 8] |= 1
    path.write_bytes(data)
    done = collect(course, [path], "tiny")
    assert there(course) == {
        "good-1/tiny/tiny.ipynb": b"good",
        "up-5/tiny/tiny.ipynb": b"up",
        "abs-6/tiny/tiny.ipynb": b"absolute",
    }
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all.zip", "course"]
    found = whys(done)
    assert found.pop("damaged_9_9_tiny.ipynb").startswith("it is damaged")
    assert found == {
        "bomb_2_2_tiny.ipynb": "it is larger than 0 MB",
        "link_3_3_tiny.ipynb": "it is a link",
        "bzip_4_4_tiny.ipynb": "it is packed in a way that no learning platform uses",
        "twice_7_7_tiny.ipynb": "there is another one, and nothing says which is the later one",
        "esc\x1b[2J\ntaken: x_8_8_tiny.ipynb": "its name is not as canvas gives them",
        "secret_10_10_tiny.ipynb": "it is encrypted",
    }


def test_what_is_declared_bounds_what_is_read(course, pack):
    path = pack(("liar_1_1_tiny.ipynb", bytes(5_000_000)))
    data = bytearray(path.read_bytes())
    place = data.rindex(b"liar_1_1_tiny.ipynb") - 46
    assert struct.unpack_from("<L", data, place + 24) == (5_000_000,)
    struct.pack_into("<L", data, place + 24, 10)
    path.write_bytes(data)
    done = collect(course, [path], "tiny")
    assert done.missed[0].why.startswith("it is damaged")


def test_all_together_is_bounded(course, pack, monkeypatch):
    monkeypatch.setattr(archive, "MOST_IN_ALL", 1_000)
    path = pack(("a_1_1_tiny.ipynb", bytes(900)), ("b_2_2_tiny.ipynb", bytes(900)))
    done = collect(course, [path], "tiny")
    assert [taken.student for taken in done.taken] == ["a-1"]
    assert done.missed[0].why.startswith("it and those before it are larger")


def test_names_in_utf8_are_known_without_the_flag(course, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("ÄÄÄ_1_1_tiny.ipynb".replace("ÄÄÄ", "xxxxxx"), b"1")
    raw = buffer.getvalue().replace(b"xxxxxx", "äöü".encode())
    (tmp_path / "all.zip").write_bytes(raw)
    done = collect(course, [tmp_path / "all.zip"], "tiny")
    assert [taken.student for taken in done.taken] == ["aou-1"]


def test_links_in_submitted_are_not_followed(course, pack, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (course.root / "submitted").mkdir()
    (course.root / "submitted" / "ada-1").symlink_to(tmp_path / "elsewhere")
    done = collect(course, [pack(("ada_1_1_tiny.ipynb", b"1"))], "tiny", force=True)
    assert "is a link" in done.missed[0].why
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no zip file"),
        (b"PK\x03\x04 and then nothing", "no zip file"),
        (None, "is no file"),
        ({"some.txt": b""}, "has no names as platforms give them; in it is some.txt"),
        ({}, "in it is nothing"),
    ],
)
def test_what_is_no_download_of_a_platform_is_named(course, pack, tmp_path, content, words):
    good = pack(("ada_1_1_tiny.ipynb", b"1"))
    path = tmp_path / "bad.zip"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        pack(*content.items(), name="bad.zip")
    with pytest.raises(CourseError, match=words):
        collect(course, [good, path], "tiny")
    assert there(course) == {}


def test_a_truncated_download_is_named(course, pack):
    path = pack(*((f"s{n}_{n}_{n}_tiny.ipynb", bytes(100)) for n in range(50)))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(CourseError, match="download it again"):
        collect(course, [path], "tiny")


def test_too_many_entries_are_refused(course, pack, monkeypatch):
    monkeypatch.setattr(archive, "MOST_ENTRIES", 3)
    path = pack(*((f"s{n}_{n}_{n}_tiny.ipynb", b"") for n in range(4)))
    with pytest.raises(CourseError, match="holds more than 3 files"):
        collect(course, [path], "tiny")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"slug": "other"}, "no exercise of this course"),
        ({"platform": "blackboard"}, "there are: auto, canvas, moodle"),
        ({"platform": "moodle"}, "has no names as platforms give them"),
        ({"timezone": "Middle/Earth"}, "is no time zone"),
        ({"timezone": "../../etc/passwd"}, "is no time zone"),
    ],
)
def test_bad_usage_is_named(course, pack, options, words):
    with pytest.raises(CourseError, match=words):
        collect(course, [pack(("ada_1_1_tiny.ipynb", b"1"))], **{"slug": "tiny", **options})


def test_a_roster_of_the_other_platform_is_named(course, pack, tmp_path):
    path = pack(("ada_1_1_tiny.ipynb", b"1"))
    with pytest.raises(CourseError, match=r"a column `ID`, as what Canvas exports"):
        collect(course, [path], "tiny", roster=roster(tmp_path, WORKSHEET))
    path = pack(("Ada_501_assignsubmission_file/tiny.ipynb", b"1"))
    with pytest.raises(CourseError, match=r"a column `Identifier`, as Moodle's"):
        collect(course, [path], "tiny", roster=roster(tmp_path, CANVAS_ROSTER))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ada", "ada"),
        ("ada+x@uni.example", "ada-x@uni.example"),
        ("../../etc", "etc"),
        (".hidden", "hidden"),
        ("-rf /", "rf"),
        ("[red]", "red"),
        ("Ümläut Straße", "Umlaut-Strae"),
        ("李小龍", ""),
        ("\x1b[2J\n", "2J"),
        ("x" * 500, "x" * 64),
    ],
)
def test_ids_are_safe_as_paths(text, wanted):
    assert safe_id(text) == wanted


def test_who_was_collected_without_a_roster_is_found_in_one_later():
    student = Person(made_id("lovelaceada", "11"))
    rows = [["ada", "11", made_id("Lovelace, Ada", "11")], ["x", "12", made_id("Ada", "12")]]
    assert match([student], rows).rows == {student.id: 0}


def test_the_command_tells_each_file_on_a_line_of_its_own(course, pack, tmp_path):
    (course.root / "course_config.py").write_text("c = get_config()\nc.Course.exercises = ['tiny']")
    path = pack(
        ("ada_LATE_1_1_tiny.ipynb", b"1"),
        ("eve_2_2_x\ntaken: grace: tiny.ipynb\x1b[31m.pdf", b"2"),
    )
    words = ["collect", str(path), "--assignment", "tiny", "--course", str(course.root)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "taken: ada-1: ada_LATE_1_1_tiny.ipynb "
        "(late, but the zip file does not say when it came in)",
        "left out: eve-2: eve_2_2_x taken: grace: tiny.ipynb\N{REPLACEMENT CHARACTER}[31m.pdf: "
        "no notebook",
        "1 taken, 1 left out",
    ]
    assert "1 of the files left out are all that a student handed in" in done.stderr
