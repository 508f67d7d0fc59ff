"""Answers that lie about what they are."""

from tests.hostile.attack import Attack, lie

ATTACKS: list[Attack] = [
    lie(
        "equal-to-everything",
        "An object that is equal to whatever it is compared with.",
        """
class Yes:
    shape, dtype, ndim = (2, 3), np.dtype("float64"), 2
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __contains__ = __lt__
    def __bool__(self): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __abs__ = __sub__
    def __hash__(self): return 0
def double(x): return Yes()
""",
    ),
    lie(
        "another-array-each-time",
        "An object that converts to a different array each time it is asked.",
        """
class Changing:
    asked = 0
    def __array__(self, dtype=None, copy=None):
        Changing.asked += 1
        return np.full((2, 3), float(Changing.asked))
def double(x): return Changing()
""",
    ),
    lie(
        "float-that-agrees",
        "A subclass of float whose comparisons and differences come out right.",
        """
class Agrees(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return Agrees(0)
    __rsub__ = __sub__
    def __abs__(self): return Agrees(0)
    def __le__(self, other): return True
    def __hash__(self): return 0
def double(x): return [Agrees(1), Agrees(2)]
""",
    ),
    lie(
        "array-with-a-false-shape",
        "A subclass of ndarray that says it has another shape and dtype than it has.",
        """
class False_(np.ndarray):
    shape, dtype, size, ndim = (2, 3), np.dtype("float64"), 6, 2
    def __eq__(self, other): return True
def double(x): return np.zeros(0).view(False_)
""",
    ),
    lie(
        "masked",
        "A masked array: NumPy's own comparisons skip what is masked.",
        "def double(x): return np.ma.masked_all(np.shape(x))",
    ),
    lie(
        "nan-and-infinity",
        "NaN and infinity, in the hope that a comparison with them goes wrong.",
        "def double(x): return np.full(np.shape(x), np.nan) * np.inf",
    ),
    lie(
        "text-for-numbers",
        "The numbers' text, and an object array of texts.",
        "def double(x): return np.array([[str(2 * n) for n in np.ravel(x)]], dtype=object)",
    ),
    lie(
        "array-of-liars",
        "An object array of numbers that agree with everything.",
        """
class Liar:
    def __float__(self): return 0.0
    def __eq__(self, other): return True
def double(x):
    array = np.empty(np.shape(x), dtype=object)
    array[...] = Liar()
    return array
""",
    ),
    lie(
        "structured",
        "An array of records, one field of which is right.",
        "def double(x): return np.zeros(np.shape(x), dtype=[('right', 'f8'), ('wrong', 'f8')])",
    ),
    lie(
        "endless-sequence",
        "A sequence that has any length asked for and never ends.",
        """
import collections.abc
class Endless(collections.abc.Sequence):
    def __len__(self): return 2
    def __getitem__(self, index): return Endless()
    def __iter__(self):
        while True: yield Endless()
def double(x): return Endless()
""",
    ),
    lie(
        "long-length",
        "An object that claims 10^18 items.",
        """
class Long:
    def __len__(self): return 10**18
    def __getitem__(self, index): return 0
def double(x): return Long()
""",
    ),
    lie(
        "generator",
        "A generator instead of an array, which gives numbers for ever.",
        """
def double(x):
    while True: yield 0.0
""",
    ),
    lie(
        "scalar-for-all",
        "One number that broadcasts to whatever is expected.",
        "def double(x): return np.broadcast_to(np.float64(0), np.shape(x))",
    ),
    lie(
        "hostile-repr",
        "An object whose text, name and class raise, so that no message can be made.",
        """
class Meta(type):
    def __repr__(cls): raise RuntimeError
    def __getattribute__(cls, name):
        if name == "__name__": raise RuntimeError
        return super().__getattribute__(name)
class Silent(metaclass=Meta):
    def __repr__(self): raise RuntimeError
    __str__ = __array__ = __len__ = __iter__ = __float__ = __repr__
def double(x): return Silent()
""",
    ),
    lie(
        "exception-that-passes",
        "An exception that calls itself the end of a passed or a skipped test.",
        """
class Skipped(BaseException):
    allow_module_level = True
    msg = "passed"
Skipped.__module__, Skipped.__qualname__ = "_pytest.outcomes", "Skipped"
def double(x): raise Skipped("passed")
""",
    ),
    lie(
        "looks-for-the-expected",
        "Looks for what is expected in the frames and objects around the call.",
        """
import gc, sys
def double(x):
    frame = sys._getframe()
    while frame is not None:
        for name in ("expected", "reference", "answer", "desired"):
            if name in frame.f_locals: return frame.f_locals[name]
        frame = frame.f_back
    wide = np.asarray(x, "float64")
    for thing in gc.get_objects():
        if type(thing) is np.ndarray and thing.shape == wide.shape and thing is not x:
            return thing
""",
    ),
    lie(
        "only-while-watched",
        "Answers only where the caller's cell is the visible check.",
        """
def double(x):
    return 4 if np.ndim(x) == 0 else None
""",
    ),
]
