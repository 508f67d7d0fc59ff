"""Answers to the judge that are none: the agent is replaced by one that sends what it likes."""

from tests.hostile.attack import Attack, lie

SEND = """
import socket, struct, time
from proctor import wire
from proctor.sealed import agent
def instead(act):
    def serve():
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(agent.SOCKET)
        act(connection)
        while connection.recv(10**6): act(connection)
    agent.serve = serve
def frame(body): return struct.pack(">I", len(body)) + body
def double(x): return None
"""


def protocol(name: str, tries: str, act: str) -> Attack:
    """An agent that does ``act`` when it is connected and whenever it is asked something."""
    code = f"{SEND}\ndef act(connection):\n    {act}\ninstead(act)\n"
    return lie(name, tries, code, harms_itself=True)


ATTACKS: list[Attack] = [
    protocol("wire-garbage", "Random bytes.", "connection.sendall(np.random.bytes(10**5))"),
    protocol(
        "wire-claims-much",
        "A frame said to be 4 GB long.",
        'connection.sendall(b"\\xff\\xff\\xff\\xff" + bytes(1000))',
    ),
    protocol(
        "wire-claims-elements",
        "Lists and texts said to hold 4 billion elements.",
        """for kind in (b"\\xdd", b"\\xdb", b"\\xdf", b"\\xc6"):
        connection.sendall(frame(kind + b"\\xff" * 4))""",
    ),
    protocol(
        "wire-nested",
        "Lists in lists, a million deep.",
        'connection.sendall(frame(b"\\x91" * 10**6 + b"\\xc0"))',
    ),
    protocol(
        "wire-wide",
        "A list of ten million items.",
        'connection.sendall(frame(b"\\xdd" + struct.pack(">I", 10**7) + b"\\xc0" * 10**7))',
    ),
    protocol(
        "wire-false-array",
        "Arrays whose shape, dtype and bytes do not belong together.",
        """for dtype, shape in (("<f8", [2**40]), ("|O", [1]), ("<f8", [-1]), ("<M8[D]", [1]),
                         ("<f8", [2**31, 2**31]), ([], 0)):
        connection.sendall(frame(wire.msgspec.msgpack.encode(["a", dtype, shape, b"12345678"])))""",
    ),
    protocol(
        "wire-pickle",
        "A pickle that runs a command where it is read.",
        """import pickle
    class Run:
        def __reduce__(self):
            import os
            return os.system, ("touch /tmp/pickled; touch pickled",)
    connection.sendall(frame(pickle.dumps(Run())))
    connection.sendall(frame(wire.msgspec.msgpack.encode(pickle.dumps(Run()))))""",
    ),
    protocol(
        "wire-handles",
        "Handles that nobody gave out, with names that are none.",
        """for number, name in ((-1, "x"), (2**62, "tf.Tensor"), (0, "x" * 10**6), ("a", 7)):
        connection.sendall(frame(wire.msgspec.msgpack.encode(
            ["t", "value", ["h", number, name]])))""",
    ),
    protocol(
        "wire-out-of-turn",
        "Ten answers to one question.",
        'connection.sendall(10 * frame(wire.pack(("value", 4.0))))',
    ),
    protocol(
        "wire-drips",
        "One byte in half a second.",
        """for byte in frame(bytes(1000)):
        connection.send(bytes([byte]))
        time.sleep(0.5)""",
    ),
    protocol("wire-silence", "No answer at all.", "time.sleep(1000)"),
    protocol("wire-hangs-up", "Hangs up.", "connection.shutdown(socket.SHUT_RDWR)"),
    protocol(
        "wire-false-errors",
        "Errors of wrong forms and of the judge's own kinds.",
        """for error in (("error",), ("error", 1, 2, 3, 4), ("error", "x", ["Exception"], "y"),
                  ("error", "GraderError", ["GraderError"], "m", "t"), ("passed",), None, 7):
        connection.sendall(frame(wire.pack(error)))""",
    ),
    protocol(
        "wire-surrogates",
        "Text that is no UTF-8, and keys that are no keys.",
        """connection.sendall(frame(b"\\xa3\\xed\\xa0\\x80"))
    connection.sendall(frame(b"\\x93\\xa1d\\x93\\xa1l\\x01\\x02\\x03"))""",
    ),
    lie(
        "wire-two-gigabytes",
        "An answer of 2 GB, by the agent itself.",
        "def double(x): return 'x' * (2 * 10**9)",
    ),
    lie(
        "wire-cycle",
        "A list that contains itself, and a dict that does.",
        "def double(x):\n    a = {}\n    a['a'] = [a]\n    return [a, a]",
    ),
    lie(
        "wire-deep",
        "Lists in lists, by the agent itself.",
        "def double(x):\n    a = []\n    for _ in range(10**5): a = [a]\n    return a",
    ),
    lie(
        "second-agent",
        "Connects to the judge's socket a second time, before the agent and beside it.",
        """
import socket, threading, time
from proctor.sealed import agent
def other():
    while True:
        try:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.connect(agent.SOCKET)
            connection.sendall(b"\\x00\\x00\\x00\\x01\\xc3" * 100)
        except OSError:
            pass
        time.sleep(0.01)
threading.Thread(target=other, daemon=True).start()
def double(x): return None
""",
        harms_itself=True,
    ),
]
