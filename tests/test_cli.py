"""The command, as it is called: what it prints and how it ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest

from proctor.course.release import START
from tests.conftest import answer, as_bytes
from tests.screens import Terminal

PROCTOR = str(Path(sys.prefix, "bin", "proctor"))


def proctor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROCTOR, *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_release_then_grade_prints_a_table_and_names_the_pages(course, submit):
    submit("ada", answer())
    submit("[red]eve", answer(double="raise ValueError('[bold]\\x1b[2J')"))
    assert proctor(course.root, "release").returncode == 0
    done = proctor(course.root, "grade", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert "ada tiny: 6 of 6" in done.stdout
    assert "[red]eve" in done.stdout
    assert "raised ValueError: [bold]" in done.stdout
    assert "run: proctor report" in done.stdout
    assert "\x1b[2J" not in done.stdout
    assert str(course.feedback("[red]eve", "tiny").parent.parent.parent) in done.stdout


def test_a_command_that_is_killed_leaves_nothing_running(course, submit):
    submit("ada", answer(double="import time\ntime.sleep(600)"))
    submit("bob", answer(double="import time\ntime.sleep(600)"))
    assert proctor(course.root, "release").returncode == 0
    with subprocess.Popen(
        [PROCTOR, "grade", "--jobs", "2"], cwd=course.root, stdout=subprocess.PIPE
    ) as command:
        family = psutil.Process(command.pid)
        # bubblewrap, the zygote, both slots, and what holds, guards and runs two kernels.
        while len(started := family.children(recursive=True)) < 9 and command.poll() is None:
            time.sleep(0.1)
        command.kill()
    _, alive = psutil.wait_procs(started, timeout=20)
    assert len(started) >= 9
    assert alive == []


def test_who_stops_it_loses_nothing_and_gets_the_terminal_back(course, submit):
    submit("ada", answer())
    bob = submit("bob", answer(double="import time\ntime.sleep(600)"))
    assert proctor(course.root, "release").returncode == 0
    # What runs the tests in the background may have had them ignore interrupts.
    before = ["setsid", "--ctty", "env", "--default-signal=INT"]
    command = [*before, PROCTOR, "grade", "--jobs", "2"]
    with Terminal() as screen:
        command = subprocess.Popen(
            command, cwd=course.root, stdin=screen.end, stdout=screen.end, stderr=screen.end
        )
        deadline = time.monotonic() + 60
        while not re.search(r"1 of 2 graded\s+\d+ s  bob tiny$", "\n".join(screen.seen())):
            assert time.monotonic() < deadline and command.poll() is None, screen.seen()
            time.sleep(0.1)
        family = psutil.Process(command.pid).children(recursive=True)
        screen.type(b"\x03")
        assert command.wait(60) == 130
    assert [line for line in screen.seen() if line] == [
        "stopped: 1 of 2 graded. Marks that were written stay. Run it again: it goes on from there."
    ]
    assert screen.written.rindex("\x1b[?25h") > screen.written.rindex("\x1b[?25l")
    assert psutil.wait_procs(family, timeout=20)[1] == []

    bob.unlink()
    again = proctor(course.root, "grade")
    assert "1 of 2 had been graded before" in again.stdout
    assert "bob tiny: UNREADABLE: There is no file `tiny.ipynb`." in again.stdout


def test_check_prints_json_for_any_file(course, tmp_path):
    good, bad, none = tmp_path / "tiny.ipynb", tmp_path / "half.ipynb", tmp_path / "none.ipynb"
    good.write_bytes(as_bytes(answer()))
    bad.write_bytes(as_bytes(answer(double="def double(x):\n    return x + x\n")))
    none.write_bytes(b"")
    files = [str(path) for path in (good, bad, none, tmp_path)]
    words = ["check", *files, "--assignment", "tiny", "--json"]
    done = proctor(course.root, *words)
    assert done.returncode == 0, done.stderr
    first, second, third, fourth = json.loads(done.stdout)
    assert list(first) == [
        "notebook",
        "assignment",
        "status",
        "score",
        "max_score",
        "seconds",
        "problems",
        "checks",
    ]
    assert (first["notebook"], first["assignment"]) == (str(good), "tiny")
    assert (first["status"], first["score"], first["max_score"]) == ("graded", 6.0, 6.0)
    (doubles, squares) = second["checks"]
    assert (doubles["id"], doubles["score"], doubles["max_score"]) == ("doubles", 1.0, 4.0)
    assert squares["score"] == 2.0
    assert list(doubles["tests"][0]) == ["name", "passed", "message"]
    assert [test["passed"] for test in doubles["tests"]] == [True, False]
    assert (third["status"], third["score"], third["max_score"]) == ("unreadable", 0.0, 6.0)
    assert third["problems"] == ["The file is empty."]
    assert fourth["problems"] == ["This is a folder, not a file."]
    assert not (course.root / "gradebook.db").exists()
    assert not (course.root / "autograded").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "missing.ipynb", "--assignment", "tiny"], "cannot be read"),
        (["check", "course_config.py"], "Name it with --assignment"),
        (["check", "course_config.py", "--assignment", "other"], "no exercise of this course"),
        (["grade", "other"], "there are: tiny"),
        (["grade"], "nothing to grade"),
        (["grade", "--student", "nobody"], "holds nothing of `nobody`"),
        (["report"], "run `proctor grade` first"),
        (["release", "--course", "/usr"], "holds no course_config.py"),
    ],
)
def test_bad_usage_says_what_to_mend_and_ends_with_2(course, words, said):
    done = proctor(course.root, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_grader_ends_with_3(course, submit, tmp_path):
    course.grader("tiny").write_text("import nothing_like_this")
    path = tmp_path / "tiny.ipynb"
    path.write_bytes(as_bytes(answer()))
    done = proctor(course.root, "check", str(path), "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout) == []
    assert "could not be examined" in done.stderr


def test_a_stale_release_ends_with_1(course):
    assert proctor(course.root, "release", "--check").returncode == 1
    assert not (course.root / "release").exists()


def test_selftest_prints_a_matrix_and_ends_with_1_when_a_grader_is_wrong(course):
    for kind, name, text in (
        (
            "solutions",
            "adds",
            '"""Adds."""\n# %% double\ndef double(x):\n    return np.add(x, x)\n',
        ),
        (
            "mistakes",
            "adds",
            '"""Adds.\n\nfails: squares\n"""\n# %% double\ndef double(x):\n    return x + x\n',
        ),
    ):
        path = course.attempts("tiny", kind) / f"{name}.py"
        path.parent.mkdir()
        path.write_text(text)
    done = proctor(course.root, "selftest")
    assert done.returncode == 1
    assert "3 of 4 as they must be" in done.stdout
    assert "lost marks it should keep: doubles; kept marks it should lose: squares" in done.stderr


def test_unsealed_says_what_it_means(course, tmp_path):
    path = tmp_path / "tiny.ipynb"
    path.write_bytes(as_bytes(answer()))
    done = proctor(course.root, "check", str(path), "--unsealed")
    assert done.returncode == 0
    assert "can do whatever you can" in done.stderr
    assert "6 of 6" in done.stdout


def test_papermill_runs_a_notebook_on_the_sealed_engine(tmp_path):
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    notebook = new_notebook(cells=[new_code_cell("import os\nprint(os.getpid(), os.getcwd())")])
    nbformat.write(notebook, tmp_path / "in.ipynb")
    done = subprocess.run(
        [
            str(Path(sys.prefix, "bin", "papermill")),
            "--engine",
            "proctor",
            "--no-progress-bar",
            "in.ipynb",
            "out.ipynb",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (cell,) = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert cell.outputs[0].text == "1 /home/student\n"


def test_any_jupyter_client_can_start_a_sealed_kernel():
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="proctor-sealed")
    try:
        texts = []
        client.execute_interactive(
            "import os; print(os.getcwd())",
            timeout=60,
            output_hook=lambda message: texts.append(message["content"].get("text", "")),
        )
        assert "/home/student\n" in texts
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=60)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_jupyterlab_is_not_opened_on_nothing(course):
    done = proctor(course.root, "lab", "--no-browser")
    assert done.returncode == 2
    assert "START.ipynb is missing: run `proctor release`" in done.stderr


def test_lab_becomes_jupyterlab(course):
    (course.root / "release").mkdir()
    (course.root / "release" / START).touch()
    done = proctor(course.root, "lab", "--", "--version")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == version("jupyterlab")
