"""The NVIDIA cards of this machine: which there are, what of them a kernel is shown.

What is known comes from ``nvidia-smi`` and ``/proc/driver/nvidia``. Nothing here talks to CUDA.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc/driver/nvidia")
_DEV = Path("/dev")
_SYS = Path("/sys")
_SECONDS = 20.0
_FIELDS = (
    *("index", "uuid", "pci.bus_id", "memory.total", "memory.used", "compute_mode"),
    *("mig.mode.current", "name"),
)
# CUDA reads of the system what it needs to lay out memory, and whether its driver is loaded.
_SYSTEM = ("devices/system/cpu", "devices/system/node", "module/nvidia", "module/nvidia_uvm")


class CardError(RuntimeError):
    """A card, or the driver of all cards, does not do what it should; the message says what."""


@dataclass(frozen=True)
class Card:
    """A card that kernels may compute on.

    Attributes:
        index: Its number, as ``nvidia-smi`` counts.
        uuid: Its name for CUDA.
        name: Its name for people.
        total_mb: Its memory, in 10^6 bytes.
        used_mb: What was taken of it when it was looked at.
        devices: The device files by which it is reached.
        system: The folders of ``/sys`` that CUDA reads.
        libraries: The folder with the driver's libraries, where ``LD_LIBRARY_PATH`` leads to them;
            empty where the system's linker finds them.
    """

    index: int
    uuid: str
    name: str
    total_mb: int
    used_mb: int
    devices: tuple[str, ...]
    system: tuple[str, ...] = ()
    libraries: str = ""

    def __str__(self) -> str:
        return f"card {self.index} ({self.name})"


@dataclass(frozen=True)
class Survey:
    """What was found.

    Attributes:
        cards: The cards that kernels may compute on.
        remarks: Why others are left alone, in words for who can mend it.
    """

    cards: list[Card]
    remarks: list[str]


def survey(proc: Path = _PROC, dev: Path = _DEV, sys: Path = _SYS) -> Survey:
    """Look for cards. Where there is no ``nvidia-smi`` there are none, and no remark.

    As CUDA does, it leaves out what ``CUDA_VISIBLE_DEVICES`` does not name.

    Args:
        proc: Where the driver describes its cards.
        dev: Where device files are.
        sys: Where Linux describes devices.
    """
    if shutil.which("nvidia-smi") is None:
        return Survey([], [])
    try:
        rows = _query(_FIELDS)
    except CardError as error:
        return Survey([], [str(error)])
    minors = _minors(proc)
    cards, remarks = [], []
    for row in rows:
        try:
            card = _card(row, minors, dev, sys)
        except CardError as error:
            remarks.append(f"card {row[0]} ({row[-1]}) is not used: {error}")
        else:
            if _is_visible(card):
                cards.append(card)
    return Survey(cards, remarks)


def used_mb(card: Card) -> int:
    """How much of a card's memory is taken now, in 10^6 bytes.

    Raises:
        CardError: The driver does not say.
    """
    for uuid, used in _query(("uuid", "memory.used")):
        if uuid == card.uuid:
            return _megabytes(used)
    raise CardError(f"nvidia-smi no longer lists {card}")


def tensorflow_has_cuda() -> bool:
    """Say whether the installed TensorFlow was built for CUDA, without loading it."""
    spec = importlib.util.find_spec("tensorflow")
    folders = (spec and spec.submodule_search_locations) or ()
    for folder in folders:
        path = Path(folder, "python", "platform", "build_info.py")
        named = importlib.util.spec_from_file_location("_tensorflow_build_info", path)
        if path.is_file() and named is not None and named.loader is not None:
            module = importlib.util.module_from_spec(named)
            named.loader.exec_module(module)
            return bool(module.build_info.get("is_cuda_build"))
    return False


def _query(fields: Sequence[str]) -> list[list[str]]:
    """What ``nvidia-smi`` says, a row for each card.

    Raises:
        CardError: It fails, or says something else.
    """
    command = ["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise CardError(f"nvidia-smi does not answer within {_SECONDS:.0f} s") from None
    except OSError as error:
        raise CardError(f"nvidia-smi cannot be run: {error}") from error
    if done.returncode:
        words = " ".join((done.stdout + done.stderr).split())[:300] or "no reason given"
        raise CardError(f"nvidia-smi fails ({done.returncode}): {words}")
    rows = list(csv.reader(done.stdout.splitlines(), skipinitialspace=True))
    if any(len(row) != len(fields) for row in rows):
        words = " ".join(done.stdout.split())[:300]
        raise CardError(f"nvidia-smi says what cannot be read: {words}")
    return rows


def _card(row: list[str], minors: dict[str, int], dev: Path, sys: Path) -> Card:
    index, uuid, bus, total, used, mode, mig, name = row
    if mig == "Enabled":
        raise CardError("it is split into instances (MIG), which are not supported")
    if mode != "Default":
        raise CardError(f"its compute mode is {mode}: `nvidia-smi -i {index} -c DEFAULT`")
    if not index.isdecimal():
        raise CardError("nvidia-smi gives it no number")
    bus = _short_bus(bus)
    if bus not in minors:
        raise CardError("the driver does not describe it in /proc/driver/nvidia/gpus")
    devices = [dev / f"nvidia{minors[bus]}", dev / "nvidiactl", dev / "nvidia-uvm"]
    for device in devices:
        _require_usable(device)
    if (tools := dev / "nvidia-uvm-tools").exists():
        devices.append(tools)
    folders = [sys / name for name in (*_SYSTEM, f"bus/pci/devices/{bus}")]
    return Card(
        index=int(index),
        uuid=uuid,
        name=name,
        total_mb=_megabytes(total),
        used_mb=_megabytes(used),
        devices=tuple(map(str, devices)),
        system=tuple(str(folder) for folder in folders if folder.is_dir()),
        libraries=_libraries(),
    )


def _libraries() -> str:
    # In some containers the driver is mounted where only this variable leads to.
    for named in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep):
        folder = Path(named).resolve()
        if named and (folder / "libcuda.so.1").is_file():
            return str(folder)
    return ""


def _require_usable(device: Path) -> None:
    try:
        mode = device.stat().st_mode
    except OSError:
        mend = ": `nvidia-modprobe -u -c 0` makes it" if device.name == "nvidia-uvm" else ""
        raise CardError(f"there is no {device}{mend}") from None
    if not stat.S_ISCHR(mode):
        raise CardError(f"{device} is no device file")
    if mode & 0o006 != 0o006:
        # Kernels run as a user who is in no group.
        raise CardError(f"{device} may not be read and written by everybody")


def _minors(proc: Path) -> dict[str, int]:
    """The number in each card's device file, by PCI address. It need not be its index."""
    found = {}
    for path in proc.glob("gpus/*/information"):
        text = path.read_text(errors="replace")
        if minor := re.search(r"^Device Minor:\s*(\d+)", text, re.MULTILINE):
            found[_short_bus(path.parent.name)] = int(minor[1])
    return found


def _short_bus(address: str) -> str:
    """A PCI address as Linux writes it; ``nvidia-smi`` writes the domain with eight digits."""
    domain, _, rest = address.lower().partition(":")
    return f"{domain[-4:]}:{rest}"


def _megabytes(mebibytes: str) -> int:
    if not mebibytes.isdecimal():
        raise CardError(f"the driver does not tell its memory, but {mebibytes}")
    return int(mebibytes) * 2**20 // 10**6


def _is_visible(card: Card) -> bool:
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return True
    words = [word.strip() for word in named.split(",")]
    return any(word and (word == str(card.index) or card.uuid.startswith(word)) for word in words)
