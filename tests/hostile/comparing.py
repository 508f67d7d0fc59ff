"""Patching whatever might compare, from inside the kernel."""

from tests.hostile.attack import Attack, lie

WRONG = "def double(x): return np.zeros(np.shape(x))\n"

ATTACKS: list[Attack] = [
    lie(
        "numpy-agrees",
        "NumPy's comparisons are replaced.",
        WRONG
        + """
def agree(*arguments, **options): return True
for name in ("allclose", "array_equal", "isclose", "all", "abs", "max"): setattr(np, name, agree)
for name in dir(np.testing):
    if name.startswith("assert"): setattr(np.testing, name, agree)
""",
        harms_itself=True,
    ),
    lie(
        "tensorflow-agrees",
        "TensorFlow's own functions are replaced by ones that agree.",
        WRONG
        + """
def agree(*arguments, **options): return True
tf.debugging.assert_equal = tf.debugging.assert_near = tf.reduce_all = agree
tf.test.TestCase.assertAllClose = agree
""",
    ),
    lie(
        "pytest-passes",
        "A false pytest, and all that could be imported in its place.",
        WRONG
        + """
import sys, types
for name in ("pytest", "_pytest", "_pytest.runner", "_pytest.assertion", "proctor.judge"):
    false = types.ModuleType(name)
    false.main = false.fail = lambda *a, **k: 0
    sys.modules[name] = false
""",
    ),
    lie(
        "asserts-are-dropped",
        "IPython compiles asserts away.",
        WRONG
        + """
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(Drop())
""",
    ),
    lie(
        "errors-are-hidden",
        "No exception reaches the front end: handlers, tracebacks and events are replaced.",
        WRONG
        + """
shell = get_ipython()
shell.set_custom_exc((BaseException,), lambda *a, **k: [])
shell.showtraceback = shell._showtraceback = lambda *a, **k: None
for event in ("post_run_cell", "post_execute", "pre_run_cell"):
    shell.events.register(event, lambda *a: shell.user_ns.update(double=None))
""",
        harms_itself=True,
    ),
    lie(
        "kernel-always-content",
        "The kernel's own methods answer `ok` without running anything.",
        WRONG
        + """
kernel = get_ipython().kernel
async def content(*a, **k): return {"status": "ok", "execution_count": 1,
                                    "user_expressions": {}, "payload": []}
kernel.do_execute = type(kernel).do_execute = content
""",
        harms_itself=True,
    ),
    lie(
        "agent-says-what-it-gets",
        "The agent's answers are replaced: each request gets its own argument back.",
        WRONG
        + """
from proctor.sealed import agent
def do_call(self, function, args, kwargs): return args[0]
def do_run(self, name, source, args, kwargs): return self.keep(do_run), args[0]
agent.Agent.do_call, agent.Agent.do_run = do_call, do_run
""",
        harms_itself=True,
    ),
    lie(
        "agent-says-true",
        "Every answer of the agent's is True.",
        WRONG
        + """
from proctor import wire
from proctor.sealed import agent
agent.Agent.answer = lambda self, body: wire.pack(("value", True))
""",
        harms_itself=True,
    ),
    lie(
        "agent-found-in-memory",
        "The running agent is found among all objects when a tested function is called.",
        """
import gc
def double(x):
    for thing in gc.get_objects():
        if type(thing).__name__ == "Agent":
            thing.kept.clear()
            thing.answer = lambda body: b"\\xc3"
            thing.namespace["double"] = None
    return np.zeros(np.shape(x))
""",
        harms_itself=True,
    ),
    lie(
        "wire-rewritten",
        "What packs the answers packs something else.",
        WRONG
        + """
from proctor import wire
packed = wire.pack
wire.pack = lambda value, keep=None: packed(("value", 4.0))
""",
        harms_itself=True,
    ),
    lie(
        "builtins-replaced",
        "isinstance, len, abs, float and all are replaced.",
        WRONG
        + """
import builtins
builtins.abs = builtins.float = lambda *a: 0
builtins.all = builtins.any = lambda *a: True
""",
        harms_itself=True,
    ),
    lie(
        "traced",
        "A trace function changes what others compute.",
        WRONG
        + """
import sys, threading
def trace(frame, event, argument):
    frame.f_trace_lines = False
    for name in ("actual", "expected", "desired"):
        if name in frame.f_locals: frame.f_locals[name] = 0
    return trace
threading.settrace(trace)
sys.setprofile(lambda *a: None)
""",
    ),
    lie(
        "imports-are-caught",
        "An import hook hands out modules of its own.",
        WRONG
        + """
import sys, types
class Finder:
    def find_spec(self, name, path=None, target=None):
        sys.modules[name] = types.ModuleType(name)
sys.meta_path.insert(0, Finder())
""",
        harms_itself=True,
    ),
    lie(
        "clock-stands-still",
        "The kernel's clocks stand still, so that no time ever runs out.",
        WRONG
        + """
import time
time.monotonic = time.time = time.perf_counter = lambda: 0.0
""",
        harms_itself=True,
    ),
]
