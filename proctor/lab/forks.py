"""A process with TensorFlow loaded that forks ordinary IPython kernels.

It runs no TensorFlow operation: thread pools and CUDA contexts do not survive a fork.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

from proctor.sealed import system
from proctor.sealed.zygote import LIBRARIES, load


def main() -> None:
    """Fork a kernel for each socket that comes over the one whose descriptor is the first
    argument, until that is closed.

    What a kernel is to be stands in its socket, as JSON: ``arguments`` of ipykernel, ``folder``
    and ``environment``. The answer is its process id, with a descriptor for the process.
    """
    # The folder that this was started in, which no kernel should import from.
    del sys.path[0]
    control = socket.socket(fileno=int(sys.argv[1]))
    load(LIBRARIES)
    # Children are waited for by nobody here.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    zygote = os.getpid()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            # At once, and its kernels with it.
            os._exit(0)
        with socket.socket(fileno=descriptors[0]) as channel:
            if not os.fork():
                control.close()
                arguments = _settle_in(channel, zygote)
                break
    _be_kernel(arguments)


def _settle_in(channel: socket.socket, zygote: int) -> list[str]:
    """Make this process what its order says, and answer."""
    system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != zygote:
        os._exit(1)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with channel.makefile("rb") as file:
        order = json.load(file)
    os.environ.clear()
    os.environ.update(order["environment"], JPY_PARENT_PID=str(zygote))
    os.chdir(order["folder"])
    handle = os.pidfd_open(os.getpid())
    socket.send_fds(channel, [str(os.getpid()).encode()], [handle])
    os.close(handle)
    # ipykernel reads the variable once, when it is imported.
    return [*order["arguments"], f"--IPKernelApp.parent_handle={zygote}"]


def _be_kernel(arguments: list[str]) -> None:
    """Run an IPython kernel until it is told to end."""
    import ipykernel_launcher
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    # Every kernel would otherwise draw the same "random" numbers as the one before it.
    np.random.seed()
    sys.argv = [ipykernel_launcher.__file__, *arguments]
    IPKernelApp.launch_instance(arguments)


if __name__ == "__main__":
    main()
