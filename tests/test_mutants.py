"""Machine-made mutants: what is changed, what is left alone, and how they are judged."""

from __future__ import annotations

from textwrap import dedent

import pytest

from proctor.course.course import CourseError
from proctor.course.mutants import mutate, read_equivalent
from proctor.pipeline.mutants import candidates, survey


def changes(text: str) -> set[tuple[str, str]]:
    return {(mutant.was, mutant.becomes) for mutant in mutate(dedent(text))}


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("a + b", "a - b"),
        ("a @ b", "a * b"),
        ("a < b", "a <= b"),
        ("a is None", "a is not None"),
        ("a and b", "a or b"),
        ("a += b", "a -= b"),
        ("a[0]", "a[1]"),
        ("a * 0.5", "a * 1.5"),
        ("-a", "a"),
        ("not (a or b)", "(a or b)"),
        ("f(a, k=True)", "f(a, k=False)"),
        ("f(a, k=c)", "f(a)"),
        ("f(a, k=c)", "f(k=c)"),
        ("f(a + b) * c", "(a + b) * c"),
        ("a = b.numpy()", "a = b"),
        ("f(a)", "pass"),
        ("f(*a)", "f()"),
        ("a if b else c", "a if not b else c"),
        ("f(x for x in y)", "(x for x in y)"),
    ],
)
def test_one_thing_is_changed(text, becomes):
    assert (text, becomes) in changes(text)


def test_branches_are_inverted_and_decorators_removed():
    text = """
        @tf.function
        def f(x):
            if x > 0 or x < -1:
                return x
    """
    assert ("if x > 0 or x < -1:", "if not (x > 0 or x < -1):") in changes(text)
    assert ("@tf.function", "") in changes(text)


def test_words_messages_and_annotations_are_left_alone():
    text = '''
        def f(x: Sequence[1]) -> Tuple[2, 3]:
            """Takes 4."""
            raise ValueError(f"not {len(x) + 1}", 5)
    '''
    assert changes(text) == set()


def test_what_stands_around_a_marked_solution_is_left_alone():
    text = """
        def f(x, n=1):
            ### BEGIN SOLUTION
            return x + n
            ### END SOLUTION
            return 2
    """
    assert changes(text) == {("return x + n", "return x - n")}


def test_every_mutant_is_other_code_that_parses():
    text = "def f(a, b):\n    return [g(x)(y, z=-1) for x, y in zip(a, b) if not x]\n"
    mutants = mutate(text)
    assert len({mutant.text for mutant in mutants}) == len(mutants) > 8
    for mutant in mutants:
        compile(mutant.text, "mutant", "exec")


def test_mutants_are_caught_listed_or_told_and_then_remembered(course):
    told = []
    (first,) = survey(course, [], told=lambda candidate, wrong, count: told.append(count))
    assert first.caught > 0
    assert first.caught + len(first.survivors) == len(told) == len(candidates(course, "tiny"))
    (again,) = survey(course, [], told=lambda *_: pytest.fail("known already"))
    assert (again.caught, len(again.survivors)) == (first.caught, len(first.survivors))

    (course.root / "graders" / "tiny" / "equivalent.toml").write_text(
        '[[mutant]]\nof = "*"\nwas = "return tf.square(x)"\nbecomes = "nothing"\nwhy = "test"\n'
    )
    (listed,) = survey(course, [])
    assert [entry.becomes for entry in listed.stale] == ["nothing"]
    assert not listed.good


def test_an_entry_may_be_caught_by_chance_but_not_be_of_no_mutant(course):
    entries = "".join(
        f'[[mutant]]\nof = "*"\nwas = "return 2 * np.asarray(x)"\nbecomes = "{becomes}"\n'
        f'why = "test"\nsometimes_caught = {sometimes}\n'
        for becomes, sometimes in [
            ("return 3 * np.asarray(x)", "true"),
            ("return 2 / np.asarray(x)", "false"),
            ("return 9 * np.asarray(x)", "true"),
        ]
    )
    (course.root / "graders" / "tiny" / "equivalent.toml").write_text(entries)
    (found,) = survey(course, [])
    stale = [entry.becomes for entry in found.stale]
    assert stale == ["return 2 / np.asarray(x)", "return 9 * np.asarray(x)"]


def test_a_grader_that_looks_at_nothing_lets_mutants_survive(course):
    course.grader("tiny").write_text(
        "import pytest\n\n\n"
        '@pytest.mark.check("doubles")\n'
        "def test_doubles(student):\n"
        '    """It can be called."""\n'
        "    student.double([1.0])\n\n\n"
        '@pytest.mark.check("squares")\n'
        "def test_squares(student):\n"
        '    """It can be called."""\n'
        "    student.square(3.0)\n"
    )
    (found,) = survey(course, [])
    assert not found.good
    assert {("return 2 * np.asarray(x)", "return 3 * np.asarray(x)")} <= {
        (survivor.mutant.was, survivor.mutant.becomes) for survivor in found.survivors
    }


def test_a_sample_is_always_the_same(course):
    def sample() -> set[str]:
        keys: set[str] = set()
        survey(course, [], sample=2, told=lambda candidate, *_: keys.add(candidate.key))
        return keys

    first = sample()
    assert len(first) == 2 < len(candidates(course, "tiny"))
    (course.root / ".proctor" / "mutants").unlink()
    assert sample() == first


def test_words_around_the_code_change_no_fate(course):
    before = {candidate.key for candidate in candidates(course, "tiny")}
    path = course.source("tiny")
    path.write_text(path.read_text().replace("# Tiny", "# Small"))
    assert {candidate.key for candidate in candidates(course, "tiny")} == before


def test_a_list_that_cannot_be_read_says_what_it_needs(tmp_path):
    (tmp_path / "equivalent.toml").write_text('[[mutant]]\nof = "*"\n')
    with pytest.raises(CourseError, match="of, was, becomes, why"):
        read_equivalent(tmp_path)
