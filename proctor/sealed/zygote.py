"""Loads TensorFlow once and forks a sandbox for every connection.

It runs no TensorFlow operation and lists no devices: thread pools and CUDA do not survive a fork.
It reads nothing that a submission could have written: each connection goes to the
process forked for it unread.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import sys
from collections.abc import Iterable

from proctor.sealed import system

LIBRARIES = (
    "numpy",
    "tensorflow",
    "keras",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "contourpy",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    # What would otherwise be imported by every kernel's start, first picture or first data set.
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "PIL.BmpImagePlugin",
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PpmImagePlugin",
    "concurrent.futures.thread",
    "encodings.ascii",
    "encodings.cp437",
    "encodings.utf_16_be",
    "tensorflow.python.data.ops.cache_op",
    "tensorflow.python.data.ops.concatenate_op",
    "tensorflow.python.data.ops.flat_map_op",
    "tensorflow.python.data.ops.from_tensors_op",
    "tensorflow.python.data.ops.interleave_op",
    "tensorflow.python.data.ops.padded_batch_op",
    "tensorflow.python.data.ops.range_op",
    "tensorflow.python.data.ops.skip_op",
    "tensorflow.python.data.ops.take_op",
    "tensorflow.python.data.ops.zip_op",
    "tensorflow_datasets.core.reader",
    "tensorflow_datasets.core.tf_compat",
    "tornado.platform.asyncio",
    "zmq.utils.garbage",
)
_OWN = (
    "proctor.sealed.agent",
    "proctor.sealed.application",
    "proctor.sealed.kernel",
    "proctor.sealed.warden",
)


def load(modules: Iterable[str]) -> None:
    """Import what kernels need, so that they need not."""
    for name in modules:
        importlib.import_module(name)
    import tensorflow_datasets

    # The first search for a data set imports hundreds of modules and lists a large folder.
    with contextlib.suppress(tensorflow_datasets.core.DatasetNotFoundError):
        tensorflow_datasets.builder_cls("none")
    # A collection in a child would touch, and so copy, every page of what it inherits.
    gc.collect()
    gc.freeze()
    system.use_huge_pages()


def main() -> None:
    """Listen on the socket whose descriptor is the first argument until standard input closes.

    The other arguments are those of :func:`proctor.sealed.warden.hold`.
    """
    listener = socket.socket(fileno=int(sys.argv[1]))
    # A sealed kernel has no debugger: nobody is there to use it, and it takes as long to start
    # as all the rest.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    load((*LIBRARIES, *_OWN))
    from proctor.sealed import warden

    # Children are waited for by nobody here.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is sys.stdin:
                    return
                with contextlib.suppress(OSError):
                    connection, _ = listener.accept()
                    with connection:
                        if not os.fork():
                            selector.close()
                            listener.close()
                            warden.hold(connection, *sys.argv[2:])


if __name__ == "__main__":
    main()
