"""Kernels of the student's JupyterLab: ordinary in all but the time they take to start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from nbgrader.validator import Validator

from proctor.lab import provisioner, zygote
from proctor.lab.jupyterlab import JUPYTER
from proctor.lab.zygote import ForkError, shared_zygote
from tests.conftest import SETUP, answer


class Kernel:
    """A kernel of the student's, and a client that collects what it shows."""

    def __init__(self, folder: Path) -> None:
        specs = KernelSpecManager(kernel_dirs=[str(JUPYTER / "kernels")])
        self.manager = KernelManager(kernel_name="python3", kernel_spec_manager=specs)
        self.manager.start_kernel(cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str, after_start: object = None, **options: object) -> str:
        """Execute code; return all that it shows, pictures by their kind."""
        shown: list[str] = []

        def show(message: dict) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append(content["text"])
            elif message["msg_type"] == "error":
                shown.append(f"{content['ename']}: {content['evalue']}")
            elif "data" in content:
                shown.append(" ".join(content["data"]) + content["data"]["text/plain"])
            elif message["msg_type"] == "execute_input" and callable(after_start):
                after_start()

        self.client.execute_interactive(code, timeout=60, output_hook=show, **options)
        return "".join(shown)

    def restart(self, *, now: bool = False) -> None:
        self.manager.restart_kernel(now=now)
        self.client.wait_for_ready(timeout=60)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel()
        self.manager.cleanup_resources()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("my notebooks")


@pytest.fixture(scope="module")
def kernel(folder) -> Iterator[Kernel]:
    """One kernel for all tests here; each leaves it running."""
    kernel = Kernel(folder)
    yield kernel
    kernel.close()
    shared_zygote().close()


def test_it_works_in_the_notebooks_folder_with_the_students_own_files(kernel, folder):
    (folder / "helper.py").write_text("answer = 42")
    shown = kernel.run("import helper, os; open('new.txt', 'w').write('x'); print(os.getcwd())")
    assert shown.strip() == str(folder)
    assert kernel.run("print(helper.answer)").strip() == "42"
    assert kernel.run("!ls *.*").split() == ["helper.py", "new.txt"]


def test_nothing_was_computed_before_it_was_forked(kernel):
    shown = kernel.run("""
import sys
before = "tensorflow" in sys.modules, "tensorflow_datasets" in sys.modules
import tensorflow as tf
from tensorflow.python.eager import context
print(before, context.context()._context_handle is None, float(tf.reduce_sum(tf.ones(3))))
""")
    assert "(True, True) True 3.0" in shown


def test_what_notebooks_are_used_to_works(kernel):
    assert "image/png" in kernel.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert "per loop" in kernel.run("%timeit -n 1 -r 1 sum(range(10))")
    kernel.run("import numpy as np")
    message = kernel.client.complete("np.linsp", reply=True, timeout=60)
    assert message["content"]["matches"] == ["linspace"]
    message = kernel.client.inspect("np.linspace", reply=True, timeout=60)
    assert "evenly spaced" in message["content"]["data"]["text/plain"]


def test_it_asks_the_student(kernel):
    def reply(message: dict) -> None:
        kernel.client.input(message["content"]["prompt"].upper())

    assert kernel.run("print(input('name?'))", stdin_hook=reply).strip() == "NAME?"


def test_it_has_the_servers_environment_and_no_limits(kernel):
    look = "import os, resource; print(os.environ['HOME'], resource.getrlimit(resource.RLIMIT_CPU))"
    own = f"{os.environ['HOME']} (-1, -1)"
    assert kernel.run(look).strip() == own


@pytest.mark.parametrize("code", ["import time; time.sleep(60)", "!sleep 60"])
def test_it_is_interrupted(kernel, code):
    kernel.run("kept = 1")
    start = time.monotonic()

    def interrupt() -> None:
        time.sleep(0.3)
        kernel.manager.interrupt_kernel()

    kernel.run(code, after_start=interrupt)
    assert time.monotonic() - start < 10
    assert kernel.run("print(kept)").strip() == "1"


def test_it_forgets_when_it_is_restarted_and_draws_other_numbers(kernel):
    draw = "import keras, numpy, random, tensorflow as tf; print(numpy.random.rand(), "
    draw += "random.random(), float(tf.random.uniform([])), float(keras.random.uniform(())))"
    kernel.run("kept = 1")
    first = kernel.run(draw).split()
    kernel.restart()
    assert "NameError" in kernel.run("kept")
    second = kernel.run(draw).split()
    assert len(first) == len(second) == 4
    assert not set(first) & set(second)


def test_its_end_is_noticed(kernel):
    kernel.client.execute("import os; os._exit(1)")
    deadline = time.monotonic() + 20
    while kernel.manager.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not kernel.manager.is_alive()
    # As Jupyter does with a kernel that has ended: a polite request would wait for the next one.
    kernel.restart(now=True)


def test_installed_packages_bring_a_new_zygote_and_end_nothing(kernel, monkeypatch):
    old = shared_zygote()
    assert old.current()
    monkeypatch.setattr(zygote, "_packages", lambda: [1])
    monkeypatch.setattr(zygote, "_zygote", old)
    new = shared_zygote()
    assert new is not old
    new.close()
    assert kernel.run("print(1)").strip() == "1"


def test_what_cannot_be_forked_is_said(kernel, folder):
    with pytest.raises(ForkError, match="ended at its start"):
        shared_zygote().fork([], str(folder / "missing"), {})
    gone = zygote.Zygote()
    gone.close()
    with pytest.raises(ForkError, match="does not answer"):
        gone.fork([], str(folder), {})


def test_where_none_can_be_forked_it_starts_the_ordinary_way(folder, monkeypatch):
    gone = zygote.Zygote()
    gone.close()
    monkeypatch.setattr(provisioner, "shared_zygote", lambda: gone)
    kernel = Kernel(folder)
    assert "False" in kernel.run("import sys; print('tensorflow' in sys.modules)")
    kernel.close()


def test_a_server_that_is_killed_leaves_nothing_running(folder):
    server = """
import os, time
from proctor.lab.zygote import shared_zygote
kernel = shared_zygote().fork([], os.getcwd(), os.environ)
print("ready", flush=True)
time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", server], cwd=folder, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "ready\n" in iter(process.stdout.readline, "")
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=20)
    assert len(family) >= 2
    assert alive == []


TO_DO = "This part is yours to write."
WARNS = "import sys, warnings\ndef double(x):\n    warnings.warn('slow')\n"
WARNS += "    print('hm', file=sys.stderr)\n    return 2 * np.asarray(x)"


@pytest.mark.parametrize(
    ("cells", "failing", "words"),
    [
        ({}, [], ""),
        ({"double": WARNS}, [], ""),
        ({"double": "def double(x):\n    return x * x * x"}, ["double"], "doubling 2 gives 4"),
        ({"double": "x = input()"}, ["double"], "NameError"),
        (
            {"square": f"def square(x):\n    raise NotImplementedError('{TO_DO}')"},
            ["square"],
            TO_DO,
        ),
        # What only a cell further down, or one that is gone, defines.
        ({"setup": "", "square": f"{SETUP}\nsquare = tf.square"}, ["double"], "np"),
    ],
)
def test_validate_sees_what_grading_sees(kernel, course, monkeypatch, cells, failing, words):
    monkeypatch.setenv("JUPYTER_PATH", str(JUPYTER))
    path = course.root / "tiny.ipynb"
    nbformat.write(answer(**cells), path)
    failed = Validator(config=course.config).validate(str(path)).get("failed", [])
    assert [cell["source"].split("(")[0].split()[-1] for cell in failed] == failing
    assert all(words in cell["raw_error"] for cell in failed)
    assert all("Traceback" not in cell["raw_error"] for cell in failed)
