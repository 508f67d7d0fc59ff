"""The kernel's own process: it locks itself in, then becomes an ordinary ipykernel."""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from types import SimpleNamespace
from typing import Any, NamedTuple, NoReturn

from proctor.limits import Limits
from proctor.sealed import agent, card, paths, seccomp, system

_INNER_ID = 1000
# So many open files have room from the beginning.
_TABLE = 256
# TensorFlow's and Python's thread stacks, and arenas that are mapped and never touched.
_MAPPED_UNUSED_MB = 2_000
# The same of CUDA and its libraries.
_MAPPED_FOR_CUDA_MB = 6_000


class Places(NamedTuple):
    """Where a kernel's folders are, as it sees them.

    Attributes:
        home: Its working directory.
        kernel: Where its sockets are.
    """

    home: str
    kernel: str


def student_uid() -> int:
    """The user that student code runs as, as the sandbox's owner numbers it."""
    return paths.SEALED_UID if _is_real_root() else os.geteuid()


def start(
    ready: int,
    go: int,
    errors: int,
    limits: Limits,
    places: Places,
    *,
    sealed: bool,
    gpu: str = "",
) -> NoReturn:
    """Seal this process and run the kernel in it until it ends.

    Args:
        ready: Descriptor that is told ``ready`` once the kernel's sockets are made, or what
            went wrong.
        go: Descriptor that holds one byte once the kernel may take requests.
        errors: Descriptor that takes what is written to standard output and error.
        limits: The bounds.
        places: Where its folders are.
        sealed: Whether it locks itself in, or only bounds itself.
        gpu: CUDA's name for the graphics card that it computes on, if there is one.
    """
    gpu = gpu if limits.gpu_memory_mb > 0 else ""
    try:
        os.setsid()
        system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
        if sealed:
            _change_names()
        _use_only(ready, go, errors)
        _bound(limits, _MAPPED_UNUSED_MB + (_MAPPED_FOR_CUDA_MB if gpu else 0))
        if sealed:
            _lock_in(limits, seccomp.CUDA_STARTS_WITH if gpu else frozenset())
        application = _prepare(limits, places, gpu)
        if sealed and gpu:
            seccomp.install()
        os.write(ready, b"ready")
        os.close(ready)
        os.read(go, 1)
        os.close(go)
        application.start()
    except card.CardError as error:
        _say(ready, str(error))
    except BaseException:
        _say(ready, traceback.format_exc())
    finally:
        os._exit(0)


def _say(ready: int, words: str) -> None:
    with open(ready, "wb", closefd=False) as file:
        file.write(words.encode())


def _is_real_root() -> bool:
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return os.geteuid() == 0 and int(file.read().split()[2]) > 1


def _change_names() -> None:
    """Show this process its own processes only, and no name of the machine."""
    system.set_hostname("sealed")
    safe = system.MS_NOSUID | system.MS_NODEV | system.MS_NOEXEC
    system.mount("proc", "/proc", "proc", safe)


def _lock_in(limits: Limits, allowed: frozenset[str]) -> None:
    """Become nobody, in a user namespace of its own, for good.

    Args:
        limits: The bounds.
        allowed: System calls that are refused later only.
    """
    if _is_real_root():
        os.setgroups([])
        os.setresgid(*[paths.SEALED_UID] * 3)
        os.setresuid(*[paths.SEALED_UID] * 3)
        system.prctl(system.PR_SET_DUMPABLE, 1)
    user, group = os.geteuid(), os.getegid()
    system.unshare(system.CLONE_NEWUSER)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{_INNER_ID} {user} 1")
    _write("/proc/self/gid_map", f"{_INNER_ID} {group} 1")
    for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"):
        if os.path.exists(f"/proc/sys/user/max_{kind}_namespaces"):
            _write(f"/proc/sys/user/max_{kind}_namespaces", "0")
    # Counted within the new user namespace only, so that it comes after it.
    resource.setrlimit(resource.RLIMIT_NPROC, (limits.processes, limits.processes))
    system.drop_capabilities()
    system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    # Becoming another user has undone it.
    system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
    seccomp.install(allowed)


def _use_only(ready: int, go: int, errors: int) -> None:
    """Close every open file but these and the three standard ones."""
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(errors, 1)
    os.dup2(errors, 2)
    low = 3
    for descriptor in sorted((ready, go)):
        os.closerange(low, descriptor)
        low = descriptor + 1
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    os.closerange(low, hard)
    # When the table of open files is full, Linux makes a larger one, and a process that has threads
    # waits for all processors. This one has none yet.
    last = min(_TABLE, soft) - 1
    os.dup2(0, last)
    os.close(last)


def _bound(limits: Limits, unused_mb: int) -> None:
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        mapped = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmData:"))
    megabyte = 10**6
    for kind, value in (
        (resource.RLIMIT_DATA, mapped + (limits.memory_mb + unused_mb) * megabyte),
        (resource.RLIMIT_FSIZE, limits.disk_mb * megabyte),
        (resource.RLIMIT_CPU, int(limits.cpu_seconds) + 5),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_MEMLOCK, 1 << 20),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, bound))


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _tune(threads: int, *, gpu: bool) -> None:
    """Set TensorFlow as all kernels have it; it must not have computed anything yet."""
    import tensorflow as tf
    from tensorflow.python import pywrap_tfe

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    # Ten-bit products would cost marks on some machines and not on others.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    # To optimise a graph takes longer than the short runs of a notebook gain by it: each `fit`
    # makes several, and two for each epoch's data.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    if not gpu:
        # Each operation would be made into a graph of its own when it runs for the first time.
        # TensorFlow has this switch only, and turns it on. On a card it has not been tried.
        switch = pywrap_tfe.TFE_ContextOptionsSetRunEagerOpAsFunction
        pywrap_tfe.TFE_ContextOptionsSetRunEagerOpAsFunction = lambda options, _: switch(
            options, False
        )


def _read_data_untuned() -> None:
    """Leave it to data sets how many elements they prepare at once.

    TensorFlow would try it out while they are read, in a thread for each iterator, for whose end
    the iterator waits when it is dropped. Each `fit` has an iterator an epoch.
    """
    from tensorflow.python.data.ops.dataset_ops import DatasetV2, _OptionsDataset
    from tensorflow.python.data.ops.options import Options

    untuned = Options()
    untuned.autotune.enabled = False
    # What TensorFlow does with each data set before it makes an iterator of it.
    before = DatasetV2._apply_debug_options
    DatasetV2._apply_debug_options = lambda data: _OptionsDataset(before(data), untuned)


def _convert_without_modules() -> None:
    """Spare AutoGraph to look at each module for one that is a function's file.

    A notebook's cells are files of no module.
    """
    from tensorflow.python.autograph.pyct import inspect_utils

    inspect_utils.sys = SimpleNamespace(modules={})


def _prepare(limits: Limits, places: Places, gpu: str) -> Any:
    """An ipykernel application with its sockets made, not yet listening."""
    os.environ.update(HOME=places.home, USER="student", LOGNAME="student", PWD=places.home)
    os.chdir(places.home)
    agent.SOCKET = f"{places.kernel}/{paths.AGENT_SOCKET}"
    sys.path.insert(0, "")
    sys.argv = ["ipykernel"]
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)

    from proctor.sealed import application

    _tune(limits.threads, gpu=bool(gpu))
    if gpu:
        card.use(gpu, limits.gpu_memory_mb)
    _read_data_untuned()
    _convert_without_modules()
    return application.make(f"{places.kernel}/{paths.CONNECTION_FILE}")
