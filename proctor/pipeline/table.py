"""Tables and lines for a terminal. What students wrote is shown as text, never as markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from proctor.course.course import Course
from proctor.pipeline import gradebook_reading
from proctor.pipeline.marks import Result, clean, one_line
from proctor.pipeline.mutants import Survey
from proctor.pipeline.selftest import Verdict
from proctor.pipeline.slots import Failure


def marks(outcomes: Sequence[Result | Failure]) -> Table:
    """Student × exercise: marks, time, problems."""
    table = Table(title="Marks", title_justify="left")
    for name in ("student", "exercise"):
        table.add_column(name, no_wrap=True)
    for name in ("marks", "of", "seconds"):
        table.add_column(name, justify="right")
    table.add_column("lost in")
    table.add_column("problems", overflow="fold")
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            words = Text(f"NOT EXAMINED: {_short(str(outcome))}", style="bold red")
            table.add_row(Text(outcome.student), Text(outcome.slug), "–", "–", "–", "", words)
            continue
        lost = [check.id for check in outcome.checks if check.score < check.max_score]
        notes = [outcome.counted] if outcome.counted else []
        notes += [_short(problem) for problem in outcome.problems]
        if outcome.faults:
            notes.append("a hidden test itself broke on this submission: please look at it")
        full = outcome.score == outcome.max_score
        table.add_row(
            Text(outcome.student),
            Text(outcome.slug),
            Text(f"{outcome.score:.2f}", style="green" if full else "yellow"),
            f"{outcome.max_score:g}",
            f"{outcome.seconds:.1f}",
            Text(", ".join(lost)),
            Text("\n".join(notes)),
        )
    return table


def changes(course: Course, outcomes: Sequence[Result | Failure]) -> Table:
    """Whose marks would be others than those in the gradebook, and by how much."""
    table = Table(title="Marks that would change", title_justify="left")
    for name in ("student", "exercise"):
        table.add_column(name, no_wrap=True)
    for name in ("now", "of", "then", "of", "difference"):
        table.add_column(name, justify="right")
    table.add_column("in")
    scores, worths = gradebook_reading.scores(course), gradebook_reading.worths(course)
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            continue
        now = scores.get((outcome.student, outcome.slug), {})
        then = {check.id: check.score for check in outcome.checks}
        worth = worths.get(outcome.slug, {})
        most = {check.id: check.max_score for check in outcome.checks}
        differ = [
            name for name in then if (now.get(name), worth.get(name)) != (then[name], most[name])
        ]
        if differ:
            total, other = sum(now.values()), sum(then.values())
            table.add_row(
                Text(outcome.student),
                Text(outcome.slug),
                f"{total:.2f}" if now else "–",
                f"{sum(worth.get(name, 0.0) for name in then):g}",
                f"{other:.2f}",
                f"{outcome.max_score:g}",
                f"{other - total:+.2f}",
                Text(", ".join(differ)),
            )
    return table


def voided(course: Course, slugs: Iterable[str]) -> list[str]:
    """Which checks count for nobody, and who has marks by hand there all the same."""
    checks = [(slug, check) for slug in slugs for check in sorted(course.voided(slug))]
    given = gradebook_reading.by_hand(course) if checks else {}
    found = []
    for slug, check in checks:
        words = f"{slug}: {check} counts for nobody"
        whose = [who for (who, what), own in given.items() if what == slug]
        whose = sorted(who for who in whose if check in given[who, slug].scores)
        if whose:
            names = f"{clean(', '.join(whose[:5]))}{', …' if len(whose) > 5 else ''}"
            words += f"; marks that a person gave for it stay: {names}"
        found.append(words)
    return found


def unchanged(outcomes: Sequence[Result | Failure]) -> str:
    """How many were not graded, because they had been before; nothing if there are none."""
    count = sum(isinstance(outcome, Result) and outcome.earlier for outcome in outcomes)
    if not count:
        return ""
    return f"{count} of {len(outcomes)} had been graded before (--force grades them again)"


def faults(outcomes: Sequence[Result | Failure]) -> list[str]:
    """How graders broke: each traceback once, with the submissions that it concerns."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        for fault in outcome.faults if isinstance(outcome, Result) else ():
            found.setdefault(clean(fault).replace("\x1b", ""), []).append(
                f"{clean(outcome.student)} {outcome.slug}"
            )
    texts = []
    for fault, whose in found.items():
        names = list(dict.fromkeys(whose))
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        texts.append(f"a hidden test broke on {', '.join(names[:5])}{more}:\n{fault.strip()}")
    return texts


def line(outcome: Result | Failure) -> str:
    """One line for a log; nothing for what was not graded now."""
    if isinstance(outcome, Result) and outcome.earlier:
        return ""
    name = one_line(f"{outcome.student} {outcome.slug}")
    if isinstance(outcome, Failure):
        return f"{name}: NOT EXAMINED: {one_line(str(outcome))}"
    return f"{name}: {outcome.score:g} of {outcome.max_score:g} in {outcome.seconds:.1f} s"


def trouble(outcome: Result | Failure) -> str:
    """One line on what went wrong when this was graded now; nothing if all went well."""
    if isinstance(outcome, Failure):
        return line(outcome)
    name = one_line(f"{outcome.student} {outcome.slug}")
    if outcome.earlier:
        return ""
    if outcome.status != "graded":
        return f"{name}: UNREADABLE: {_short(' '.join(outcome.problems))}"
    return f"{name}: a hidden test itself broke" if outcome.faults else ""


def pages(course: Course, outcomes: Sequence[Result | Failure], out: Console) -> None:
    """Name the pages to open."""
    results = [outcome for outcome in outcomes if isinstance(outcome, Result)]
    if not results:
        return
    first = results[0]
    for words, path in (
        ("graded notebooks", course.root / "autograded"),
        ("students' pages", course.root / "feedback"),
        ("for example", course.feedback(first.student, first.slug)),
    ):
        out.print(f"{words}: {path}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"gradebook: {course.gradebook}", markup=False, highlight=False, soft_wrap=True)
    out.print("for a page on the whole course, run: proctor report", highlight=False)


def details(outcome: Result | Failure, out: Console) -> None:
    """One result, check by check."""
    assert isinstance(outcome, Result)
    out.print(f"{outcome.score:g} of {outcome.max_score:g} in {outcome.seconds:.1f} s")
    for problem in outcome.problems:
        out.print(Text(f"! {clean(problem)}", style="yellow"))
    for check in outcome.checks:
        out.print(Text(f"{check.id}: {check.score:g} of {check.max_score:g}", style="bold"))
        for test in check.tests:
            mark = Text("  ✓ " if test.passed else "  ✗ ", style="green" if test.passed else "red")
            out.print(mark + Text(clean(test.title)))
            for row in clean(test.message).splitlines():
                out.print(Text(f"      {row}", style="dim"))


def matrix(verdicts: Sequence[Verdict]) -> Table:
    """Answers × checks: what was lost where, and whether that is right.

    Of several rounds of an answer, the first and those that went wrong are shown.
    """
    table = Table(title=verdicts[0].case.slug, title_justify="left")
    table.add_column("answer", no_wrap=True)
    names = next(
        (
            [check.id for check in v.outcome.checks]
            for v in verdicts
            if isinstance(v.outcome, Result)
        ),
        [],
    )
    for name in (*names, "marks", "s"):
        table.add_column(name, justify="center")
    table.add_column("")
    for verdict in verdicts:
        if verdict.case.round > 1 and not verdict.wrong:
            continue
        outcome = verdict.outcome
        row = []
        if isinstance(outcome, Result):
            for check in outcome.checks:
                failed, meant = check.score < check.max_score, check.id in verdict.case.fails
                mark = "✗" if failed else "·"
                row.append(Text(mark, style="red bold" if failed != meant else "dim"))
            row += [Text(f"{outcome.score:.1f}"), Text(f"{outcome.seconds:.1f}")]
        else:
            row = [Text("?")] * len(names) + [Text(""), Text("")]
        end = Text("OFF", style="bold red") if verdict.wrong else Text("ok", style="green")
        table.add_row(Text(verdict.case.name), *row, end)
    return table


def mutants(surveys: Sequence[Survey]) -> Table:
    """Exercise × what became of its mutants."""
    table = Table(title="Mutants", title_justify="left")
    table.add_column("exercise", no_wrap=True)
    for name in ("caught", "equivalent", "survived"):
        table.add_column(name, justify="right")
    table.add_column("caught of those that matter", justify="right")
    for found in surveys:
        matter = found.caught + len(found.survivors)
        table.add_row(
            Text(found.slug),
            str(found.caught),
            str(found.equivalent),
            Text(str(len(found.survivors)), style="red bold" if found.survivors else ""),
            f"{found.caught / matter:.1%}" if matter else "–",
        )
    return table


def _short(text: str) -> str:
    """The beginning of a text, on one line."""
    words = one_line(text)
    return words if len(words) <= 160 else words[:157] + "..."
