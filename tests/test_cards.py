"""Graphics cards, as far as that can be seen without one; ``tests/gpu`` needs one.

A script stands in for ``nvidia-smi``. It prints rows of the form that others have published.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from textwrap import dedent

import pytest
from msgspec.structs import replace
from nbformat.v4 import new_code_cell, new_notebook

from proctor.judge.remote import Clock, Namespace
from proctor.limits import Limits
from proctor.pipeline import places as placing
from proctor.pipeline.grading import make_order
from proctor.pipeline.marks import Result
from proctor.pipeline.places import Places, SharedCard, shared_cards
from proctor.pipeline.run import NotebookRun
from proctor.pipeline.slots import Slots, try_card
from proctor.sandbox import cards, doctor
from proctor.sandbox.cards import Card, CardError, Survey
from proctor.sandbox.zygote import Zygote
from tests.conftest import answer, as_bytes

USUAL_DEVICES = {"console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr"}
USUAL_DEVICES |= {"stdin", "stdout", "tty", "urandom", "zero"}
A100 = "NVIDIA A100-SXM4-80GB"
TWO = f"""\
0, GPU-12cdabd0-7910-8f4a-e4d7-e3c7867d1296, 00000000:07:00.0, 81920, 4, Default, Disabled, {A100}
1, GPU-48b3f9d5-25d4-2398-5483-ee6bd406b655, 00000000:4C:00.0, 81920, 4, Default, Disabled, {A100}
"""
# As others have seen the driver write it, and not in the order of nvidia-smi.
INFORMATION = (
    "Model: \t\t NVIDIA A100-SXM4-80GB\nIRQ:   \t\t 77\nGPU UUID: \t GPU-????????\n"
    "Bus Location: \t {bus}\nDevice Minor: \t {minor}\nGPU Excluded:\t No\n"
)


class Machine:
    """A folder that looks like a machine with two cards."""

    def __init__(self, folder: Path) -> None:
        self.script = folder / "bin" / "nvidia-smi"
        self.proc, self.dev, self.sys = folder / "proc", folder / "dev", folder / "sys"
        self.script.parent.mkdir()
        self.dev.mkdir()
        for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
            (self.dev / name).symlink_to("/dev/null")
        for minor, bus in ((1, "0000:07:00.0"), (0, "0000:4c:00.0")):
            place = self.proc / "gpus" / bus / "information"
            place.parent.mkdir(parents=True)
            place.write_text(INFORMATION.format(bus=bus, minor=minor))
            (self.sys / "bus" / "pci" / "devices" / bus).mkdir(parents=True)
        self.says(TWO)

    def says(self, text: str, status: int = 0) -> None:
        """Let nvidia-smi print something."""
        self.run(f"cat <<'END'\n{text}END\nexit {status}\n")

    def run(self, commands: str) -> None:
        """Let nvidia-smi do something."""
        self.script.write_text(f"#!/bin/sh\n{commands}")
        self.script.chmod(0o755)

    def survey(self) -> Survey:
        return cards.survey(self.proc, self.dev, self.sys)


@pytest.fixture
def machine(tmp_path, monkeypatch) -> Machine:
    found = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{found.script.parent}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return found


def a_card(total_mb: int = 25_000, used_mb: int = 0, index: int = 0) -> Card:
    return Card(index, f"GPU-{index}", "a card", total_mb, used_mb, ())


def test_where_there_is_no_nvidia_smi_there_are_no_cards(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cards.survey() == Survey([], [])
    assert shared_cards(2_000) == []


def test_each_card_has_its_own_device_file(machine):
    found = machine.survey()
    assert found.remarks == []
    first, second = found.cards
    assert (first.index, first.uuid[:8], first.name) == (0, "GPU-12cd", A100)
    assert (first.total_mb, first.used_mb) == (85_899, 4)
    common = (f"{machine.dev}/nvidiactl", f"{machine.dev}/nvidia-uvm")
    assert first.devices == (f"{machine.dev}/nvidia1", *common)
    assert second.devices == (f"{machine.dev}/nvidia0", *common)
    assert first.system == (f"{machine.sys}/bus/pci/devices/0000:07:00.0",)


def test_the_drivers_libraries_are_found_where_only_the_environment_leads_to_them(
    machine, tmp_path, monkeypatch
):
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{tmp_path}/none::{tmp_path}/link")
    (tmp_path / "driver").mkdir()
    (tmp_path / "link").symlink_to("driver")
    assert {card.libraries for card in machine.survey().cards} == {""}
    (tmp_path / "driver" / "libcuda.so.1").touch()
    assert {card.libraries for card in machine.survey().cards} == {f"{tmp_path}/driver"}


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("4, Default", "4, Prohibited", "compute mode is Prohibited: `nvidia-smi -i 0 -c DEFAULT`"),
        ("Disabled", "Enabled", "MIG"),
        ("81920", "[N/A]", r"does not tell its memory, but \[N/A\]"),
        (":07:", ":08:", "does not describe it"),
    ],
)
def test_a_card_that_kernels_cannot_use_is_named_with_the_reason(machine, was, now, words):
    machine.says(TWO.replace(was, now, 1))
    found = machine.survey()
    assert [card.index for card in found.cards] == [1]
    assert len(found.remarks) == 1
    assert found.remarks[0].startswith(f"card 0 ({A100}) is not used: ")
    assert re.search(words, found.remarks[0])


def test_device_files_that_a_kernel_could_not_open_are_named(machine):
    (machine.dev / "nvidia1").unlink()
    (machine.dev / "nvidia1").write_bytes(b"")
    assert "nvidia1 is no device file" in machine.survey().remarks[0]
    (machine.dev / "nvidia-uvm").unlink()
    found = machine.survey()
    assert found.cards == []
    assert "`nvidia-modprobe -u -c 0` makes it" in found.remarks[1]


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        ("echo 'NVIDIA-SMI has failed: no driver.'; exit 9", "fails (9): NVIDIA-SMI has failed"),
        ("echo 'No devices were found'; exit 6", "fails (6): No devices were found"),
        ("exec sleep 60", "does not answer"),
        ("printf 'a, b\\n\\377\\n'", "says what cannot be read"),
        ("kill -9 $$", "fails (-9): no reason given"),
    ],
)
def test_a_broken_nvidia_smi_is_a_remark_of_the_doctor(machine, monkeypatch, commands, words):
    machine.run(commands)
    monkeypatch.setattr(cards, "_SECONDS", 0.5)
    found = machine.survey()
    assert found.cards == []
    assert len(found.remarks) == 1 and words in found.remarks[0]
    [finding] = doctor._cards()
    assert not finding.good and not finding.needed and words in finding.words


@pytest.mark.parametrize(
    ("value", "indices"),
    [("-1", []), ("", []), ("1", [1]), ("GPU-12", [0]), (" 1 ,0", [0, 1]), ("NoDevFiles", [])],
)
def test_only_cards_that_are_visible_are_used(machine, monkeypatch, value, indices):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    assert [card.index for card in machine.survey().cards] == indices


def test_as_many_kernels_as_fit_have_a_place_and_cards_take_turns():
    big, small, full = (
        SharedCard(card, 2_000)
        for card in (a_card(25_000), a_card(13_000, index=1), a_card(25_000, used_mb=20_000))
    )
    assert [one.places for one in (big, small, full)] == [4, 2, 0]
    places = Places(5, [big, small, full])
    assert places.size == 5
    assert [places.take().shared for _ in range(5)] == [big, small, big, small, big]
    assert Places(8, [big, small]).size == 6


def test_without_cards_all_places_are_on_the_processor():
    places = Places(2)
    taken = [places.take(), places.take()]
    assert [(place.number, place.card) for place in taken] == [(0, None), (1, None)]
    places.give_back(taken[1])
    assert places.take() is taken[1]


@pytest.fixture
def used(tmp_path, machine) -> Path:
    """What the card's memory is taken of, as a file that can be changed."""
    file = tmp_path / "used"
    file.write_text("0")
    machine.run(f'echo "GPU-0, $(cat {file})"\n')
    return file


def test_a_place_is_free_once_its_memory_is_there_again(used, monkeypatch):
    monkeypatch.setattr(placing, "LOOK_SECONDS", 0.02)
    places = Places(1, [SharedCard(a_card(), 2_000)])
    place = places.take()
    used.write_text("5000")
    giving = threading.Thread(target=places.give_back, args=[place])
    giving.start()
    giving.join(0.3)
    assert giving.is_alive()
    used.write_text("0")
    giving.join(5)
    assert not giving.is_alive()
    assert places.take() is place


def test_what_others_may_take_is_not_asked_back(used):
    places = Places(2, [SharedCard(a_card(), 2_000)])
    first, _ = places.take(), places.take()
    used.write_text("5000")
    places.give_back(first)
    assert places.take() is first


@pytest.mark.parametrize(
    "breaks", [lambda used: used.write_text("5000"), lambda used: used.unlink()]
)
def test_a_place_whose_memory_does_not_come_back_is_taken_out(used, monkeypatch, caplog, breaks):
    monkeypatch.setattr(placing, "SETTLE_SECONDS", 0.1)
    places = Places(1, [SharedCard(a_card(), 2_000)])
    place = places.take()
    breaks(used)
    places.give_back(place)
    assert "One place less on card 0 (a card)" in caplog.text
    for _ in range(2):
        with pytest.raises(CardError, match="gives back the memory"):
            places.take()


def test_a_card_without_room_is_named(machine, monkeypatch, caplog):
    found = Survey([a_card(5_000)], ["card 1 (another) is not used: it is split"])
    monkeypatch.setattr(cards, "survey", lambda: found)
    assert shared_cards(2_000) == []
    assert "card 0 (a card) is not used: 5000 MB are free" in caplog.text
    assert "card 1 (another) is not used" in caplog.text
    assert shared_cards(0) == shared_cards(-3_000) == []


def test_a_tensorflow_without_cuda_is_named(monkeypatch, caplog):
    monkeypatch.setattr(cards, "survey", lambda: Survey([a_card()], []))
    monkeypatch.setattr(cards, "tensorflow_has_cuda", lambda: False)
    assert shared_cards(2_000) == []
    assert "was not built for them" in caplog.text


def test_what_cuda_starts_with_is_refused_once_it_has_started():
    code = """
        import ctypes, os, threading
        from proctor.sealed import seccomp, system
        def try_it():
            try:
                os.close(os.memfd_create("cuda"))
                return True
            except PermissionError:
                return False
        def elsewhere():
            seen.append(try_it()), asked.set(), go.wait(), seen.append(try_it())
        system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
        seccomp.install(seccomp.CUDA_STARTS_WITH)
        seen, asked, go = [], threading.Event(), threading.Event()
        thread = threading.Thread(target=elsewhere)
        thread.start(), asked.wait()
        seen.append(try_it())
        seccomp.install()
        go.set(), thread.join()
        seen.append(try_it())
        refused = ctypes.CDLL(None).unshare(0x10000000)
        print(seen, refused)
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[True, True, False, False] -1\n", done.stderr


def test_a_card_that_kernels_cannot_compute_on_is_left_out(course, monkeypatch, caplog):
    """Any device file stands in for a card's: it is in sight, and no CUDA finds a card there."""
    device = next(
        (name for name in ("/dev/fuse", "/dev/kmsg", "/dev/tty0") if os.path.exists(name)), None
    )
    if device is None:
        pytest.skip("no device file to be shown")
    # And any folder that kernels do not see for that of the driver's libraries.
    libraries = str(Path("/var/lib").resolve())
    system = ("/sys/devices/system/cpu",)
    card = Card(0, "GPU-0", "a card", 25_000, 0, (device,), system, libraries)
    monkeypatch.setattr(cards, "survey", lambda: Survey([card], []))
    seen = []

    def started(zygote, limits):
        """Look around in a kernel beside the card, then ask for one on it."""
        if zygote.card is not None:
            seen.append(_look(zygote, limits, device))
        try_card(zygote, limits)

    order = make_order(course, "ada", "tiny", as_bytes(answer()))
    with Slots(1, gpu_memory_mb=2_000, started=started) as slots:
        assert (slots.size, slots.cards) == (1, [])
        outcome = slots.grade(order)
    assert isinstance(outcome, Result) and outcome.score == outcome.max_score
    words = (
        "card 0 (a card) is not used: The kernel did not start: TensorFlow sees 0 graphics cards"
    )
    assert len(caplog.messages) == 1 and caplog.messages[0].startswith(words)
    assert caplog.messages[0].endswith("new enough for them?")
    [(usual, usable, folders, named, built, searched, there)] = seen
    assert set(usual) <= USUAL_DEVICES | {Path(device).name}
    assert (usable, folders, named) == (True, ["cpu"], "-1")
    assert built == cards.tensorflow_has_cuda()
    assert searched == libraries and there == sorted(os.listdir(libraries))


def _look(zygote: Zygote, limits: Limits, device: str) -> list:
    """What a kernel that computes on the processor sees beside a card."""
    assert zygote.card is not None
    code = f"""
import os, stat
import tensorflow as tf
result = [os.listdir("/dev"), stat.S_ISCHR(os.stat({device!r}).st_mode),
          os.listdir("/sys/devices/system"), os.environ["CUDA_VISIBLE_DEVICES"],
          tf.test.is_built_with_cuda(), os.environ.get("LD_LIBRARY_PATH"),
          sorted(os.listdir({zygote.card.libraries!r}))]
"""
    notebook = new_notebook(cells=[new_code_cell(code)])
    limits = replace(limits, gpu_memory_mb=0)
    with zygote.sandbox(limits) as sandbox:
        end = time.monotonic() + 60
        space = Namespace(lambda: NotebookRun(notebook, sandbox, limits, end), Clock(limits))
        try:
            return space.result
        finally:
            space.close()
