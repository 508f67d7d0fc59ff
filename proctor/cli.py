"""The command ``proctor``: a thin shell over the package's public functions.

Exit codes: 0, all was done; 1, what was checked is not as it should be; 2, bad usage;
3, something could not be examined because of us, not the student.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from proctor.course.attempts import AttemptError
from proctor.course.course import Course, CourseError
from proctor.judge.errors import GraderError
from proctor.sandbox.zygote import SealError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A course of coding exercises that grades itself.",
)
# A log or a file has no width of its own.
out = Console(width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, width=None if sys.stderr.isatty() else 160, soft_wrap=True)

Slugs = Annotated[list[str] | None, typer.Argument(help="Exercises; all if none is named.")]
Root = Annotated[
    Path | None, typer.Option("--course", help="The course's folder.", file_okay=False)
]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, help="How many at once; by default one a core, as far as memory goes."),
]
ClusterAddress = Annotated[
    str | None,
    typer.Option("--cluster", help="A Dask scheduler's address, such as tls://HOST:8786."),
]
Unsealed = Annotated[
    bool,
    typer.Option(
        "--unsealed",
        help="Run notebooks without any walls: their code can read, change and delete whatever "
        "you can. Only for notebooks you wrote yourself.",
    ),
]


@app.command()
def release(
    slugs: Slugs = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where release/ is stale.")
    ] = False,
    bundle: Annotated[
        Path | None, typer.Option(help="Also pack what students are given into this zip file.")
    ] = None,
    course: Root = None,
) -> None:
    """Make release/ from source/: solutions taken out, check cells locked.

    Example: proctor release --bundle course.zip
    """
    from proctor.course import release as releasing

    the_course = Course(course)
    stale = releasing.release(the_course, slugs or [], check=check)
    for path in stale:
        out.print(f"{'stale' if check else 'written'}: {path}", highlight=False, markup=False)
    if check and stale:
        err.print("Run `proctor release` and commit what it writes.")
        raise typer.Exit(1)
    if not stale:
        out.print("release/ is up to date")
    if bundle:
        names = releasing.bundle(the_course, bundle)
        out.print(f"{bundle}: {len(names)} files", highlight=False, markup=False)


@app.command()
def grade(
    slugs: Slugs = None,
    student: Annotated[
        list[str] | None, typer.Option(help="Students; all if none is named.")
    ] = None,
    jobs: Jobs = None,
    force: Annotated[bool, typer.Option("--force", help="Also what has not changed.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; show whose marks would change.")
    ] = False,
    unsealed: Unsealed = False,
    cluster: ClusterAddress = None,
    cluster_wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for a worker while there is none.")
    ] = 60.0,
    course: Root = None,
) -> None:
    """Grade submitted/ and write autograded/, feedback/ and the gradebook.

    What has not changed since it was graded (the submission, the exercise, its hidden tests,
    the limits, this program) is not graded again. So after it was stopped, by Ctrl-C or
    otherwise, run it again: it goes on. With --cluster, many machines grade, and this one writes.
    Where the best of a student's submissions counts (c.Course.counts), all that were kept are
    graded.

    Example: proctor grade custom_layer --student ada --student grace
    """
    from proctor.pipeline import table
    from proctor.pipeline.batch import grade_course
    from proctor.pipeline.progress import Progress
    from proctor.pipeline.slots import Failure

    the_course = Course(course)
    submissions = the_course.submissions(slugs or [], student or [])
    if not submissions:
        raise CourseError(f"{the_course.root / 'submitted'} holds nothing to grade")
    if cluster and (jobs or unsealed):
        raise CourseError("--cluster goes with neither --jobs nor --unsealed")
    _warn_unsealed(unsealed)
    again = "Nothing was written." if dry_run else "Marks that were written stay."
    if not (dry_run or unsealed):
        again += f" Run it again{' without --force' if force else ''}: it goes on from there."
    progress = Progress(out, "graded", total=len(submissions), again=again)

    def told(outcome: Any) -> None:
        progress.end(
            f"{outcome.student} {outcome.slug}",
            table.line(outcome),
            earlier=getattr(outcome, "earlier", False),
            wrong=table.trouble(outcome),
        )

    def refused(worker: Any) -> None:
        words = f"not used: {worker}: {worker.refusal}"
        if progress.drawn:
            progress.say(words)
        else:
            err.print(words, markup=False, highlight=False)

    with _cluster(cluster, cluster_wait, refused) as machines, progress:
        outcomes = grade_course(
            the_course,
            submissions,
            jobs=jobs,
            sealed=not unsealed,
            force=force,
            dry_run=dry_run,
            cluster=machines,
            begun=lambda order: progress.begin(f"{order.student} {order.slug}"),
            told=told,
        )
    if dry_run:
        out.print(table.changes(the_course, outcomes))
    else:
        out.print(table.marks(outcomes))
        table.pages(the_course, outcomes, out)
    for words in table.voided(the_course, dict.fromkeys(s.slug for s in submissions)):
        out.print(words, markup=False, highlight=False)
    if earlier := table.unchanged(outcomes):
        out.print(earlier, highlight=False)
    for fault in table.faults(outcomes):
        err.print(fault, markup=False, highlight=False)
    if failures := [outcome for outcome in outcomes if isinstance(outcome, Failure)]:
        for failure in failures:
            err.print(table.line(failure), markup=False, highlight=False)
        raise typer.Exit(3)


@app.command()
def collect(
    archives: Annotated[list[Path], typer.Argument(help="Zip files, as the platform gave them.")],
    assignment: Annotated[str, typer.Option(help="The exercise.")],
    platform: Annotated[
        str, typer.Option("--from", help="canvas, moodle, or auto: as the names in them say.")
    ] = "auto",
    roster: Annotated[
        Path | None,
        typer.Option(help="What Canvas' Grades → Export gave, or Moodle's grading worksheet."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="The clock of the worksheet's times: Europe/Vienna, UTC, …")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there already.")] = False,
    course: Root = None,
) -> None:
    """Put submissions that Canvas or Moodle collected into submitted/.

    Example: proctor collect submissions.zip --assignment gradient --roster grades.csv
    """
    from proctor.exchange.collect import collect as take_in
    from proctor.pipeline.marks import one_line

    done = take_in(
        Course(course),
        archives,
        assignment,
        platform=platform,
        roster=roster,
        timezone=timezone,
        force=force,
    )
    for taken in done.taken:
        notes = f" ({'; '.join(taken.notes)})" if taken.notes else ""
        _tell(one_line(f"taken: {taken.student}: {taken.name}{notes}"))
    for file in done.left_out:
        whose = f"{file.student}: " if file.student else ""
        _tell(one_line(f"left out: {whose}{file.name}: {file.why}"))
    _tell(f"{len(done.taken)} taken, {len(done.left_out)} left out")
    if done.missed:
        err.print(f"{len(done.missed)} of the files left out are all that a student handed in")
        raise typer.Exit(1)


@app.command()
def export(
    slugs: Slugs = None,
    to: Annotated[str, typer.Option(help="csv, canvas or moodle.")] = "csv",
    output: Annotated[
        Path | None, typer.Option(help="The file; marks*.csv in this folder if not given.")
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(help="A file that the platform exported: scores are put into a copy of it."),
    ] = None,
    course: Root = None,
) -> None:
    """Write the marks in the gradebook for Canvas, for Moodle, or as a plain table.

    Example: proctor export --to canvas --roster grades.csv --output marks-canvas.csv
    """
    from proctor.exchange.export import export as send_out

    path, remarks = send_out(Course(course), slugs or [], to=to, output=output, roster=roster)
    for remark in remarks:
        err.print(remark, markup=False, highlight=False)
    _tell(f"written: {path}")


@app.command()
def report(
    output: Annotated[
        Path | None,
        typer.Option(help="The file; report.html in the course's folder if not given."),
    ] = None,
    course: Root = None,
) -> None:
    """Write a page on the whole course: marks, checks, messages, what to review, likeness.

    Example: proctor report --output report.html
    """
    from proctor.pipeline.progress import Progress
    from proctor.report.page import report as write_report

    work = "reading and comparing"
    with Progress(out, "steps", again="Nothing was written.") as progress:

        def told(steps: int) -> None:
            progress.end(work)
            progress.begin(work, steps)

        progress.begin(work)
        path = write_report(Course(course), output, told=told)
    out.print(f"written: {path}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def check(
    notebooks: Annotated[list[Path], typer.Argument(help="Notebook files.")],
    assignment: Annotated[
        str | None, typer.Option(help="Their exercise; by default, the one they are named after.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    jobs: Jobs = None,
    unsealed: Unsealed = False,
    course: Root = None,
) -> None:
    """Grade any files and print what came of each, as it comes. Touches no gradebook.

    With --json, the results are printed in the end, in the order of the files.

    Example: proctor check ~/Downloads/custom_layer.ipynb --json
    """
    from proctor.pipeline import table
    from proctor.pipeline.check import as_dict, check_notebooks
    from proctor.pipeline.progress import Progress
    from proctor.pipeline.slots import Failure

    the_course = Course(course)
    _warn_unsealed(unsealed)
    place = out
    if as_json:
        place = err if err.is_terminal else Console(quiet=True, stderr=True)
    again = "Nothing of it is kept."
    with Progress(place, "examined", total=len(notebooks), again=again) as progress:

        def told(path: Path, outcome: Any) -> None:
            wrong = ""
            if isinstance(outcome, Failure):
                wrong = f"{path}: could not be examined: {outcome}"
            elif not as_json:
                out.print(f"\n{path}", style="bold", markup=False, highlight=False)
                table.details(outcome, out)
            progress.end(str(path), wrong=wrong)

        outcomes = check_notebooks(
            the_course,
            notebooks,
            assignment=assignment,
            jobs=jobs,
            sealed=not unsealed,
            begun=lambda path: progress.begin(str(path)),
            told=told,
        )
    examined = [pair for pair in outcomes if as_dict(*pair) is not None]
    if as_json:
        print(json.dumps([as_dict(*pair) for pair in examined], indent=2))
    for fault in table.faults([outcome for _, outcome in examined]):
        err.print(fault, markup=False, highlight=False)
    for path, outcome in outcomes:
        if as_dict(path, outcome) is None:
            err.print(f"{path}: could not be examined: {outcome}", markup=False)
    if len(examined) < len(outcomes):
        raise typer.Exit(3)


@app.command()
def selftest(
    slugs: Slugs = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Answers, such as 'mistakes/no_*'; all if not given.")
    ] = None,
    rounds: Annotated[
        int, typer.Option(min=1, help="How often right answers come, with other inputs each time.")
    ] = 1,
    jobs: Jobs = None,
    course: Root = None,
) -> None:
    """Prove the graders right both ways, with all solutions and mistakes.

    Example: proctor selftest gradient --only 'solutions/*' --rounds 50
    """
    from proctor.pipeline import table
    from proctor.pipeline.progress import Progress
    from proctor.pipeline.selftest import selftest as prove

    def named(case: Any) -> str:
        return f"{case.slug} {case.name}" + (f" round {case.round}" if rounds > 1 else "")

    the_course = Course(course)
    with Progress(out, "examined", again="Nothing of it is kept.") as progress:

        def told(verdict: Any, count: int) -> None:
            name = named(verdict.case)
            wrong = f"off {name}: {verdict.wrong.splitlines()[0]}" if verdict.wrong else ""
            progress.end(name, f"ok {name}", wrong=wrong)

        verdicts = prove(
            the_course,
            slugs or [],
            only=only or [],
            rounds=rounds,
            jobs=jobs,
            begun=lambda case, count: progress.begin(named(case), count),
            told=told,
        )
    for slug in the_course.choose(slugs or []):
        if rows := [v for v in verdicts if v.case.slug == slug]:
            out.print(table.matrix(rows))
    wrong = [verdict for verdict in verdicts if verdict.wrong]
    for verdict in wrong:
        err.print(f"{named(verdict.case)}: {verdict.wrong}", markup=False)
    out.print(f"{len(verdicts) - len(wrong)} of {len(verdicts)} as they must be")
    if wrong:
        raise typer.Exit(1)


@app.command()
def mutants(
    slugs: Slugs = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Only so many of each exercise; all if not given.")
    ] = None,
    jobs: Jobs = None,
    course: Root = None,
) -> None:
    """Change one small thing in each solution and see whether the graders notice.

    What was tried before and has not changed is not tried again.

    Example: proctor mutants custom_layer
    """
    from proctor.pipeline import table
    from proctor.pipeline.mutants import survey
    from proctor.pipeline.progress import Progress

    again = "What was tried is remembered: run it again, and it goes on from there."
    with Progress(out, "tried", again=again) as progress:
        surveys = survey(
            Course(course),
            slugs or [],
            sample=sample,
            jobs=jobs,
            begun=lambda candidate, count: progress.begin(str(candidate), count),
            told=lambda candidate, wrong, count: progress.end(str(candidate), wrong=wrong),
        )
    out.print(table.mutants(surveys))
    for found in surveys:
        for survivor in found.survivors:
            err.print(f"survived: {survivor}", markup=False, highlight=False)
        for entry in found.stale:
            words = f"{found.slug} {', '.join(entry.of)}: `{entry.was}` became `{entry.becomes}`"
            err.print(f"listed, but no mutant needs it: {words}", markup=False, highlight=False)
        for failure in found.failures:
            err.print(f"not examined: {failure}", markup=False, highlight=False)
    if any(found.failures for found in surveys):
        raise typer.Exit(3)
    if not all(found.good for found in surveys):
        err.print("Let the graders notice them, or list them in equivalent.toml with the reason.")
        raise typer.Exit(1)


@app.command()
def new(
    slug: Annotated[str, typer.Argument(help="The new exercise's name.")], course: Root = None
) -> None:
    """Start an exercise: a notebook, its grader, a solution, a mistake, a line in the course.

    Example: proctor new row_means
    """
    from proctor.course.new import start_exercise

    for path in start_exercise(Course(course), slug):
        out.print(f"written: {path}", highlight=False, markup=False, soft_wrap=True)
    out.print(f"Change them, then run: proctor selftest {slug}", highlight=False)


@app.command(context_settings={"ignore_unknown_options": True})
def lab(
    options: Annotated[
        list[str] | None, typer.Argument(help="More options, those of `jupyter lab`.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Where to work; work/ in the course's folder if not given.", file_okay=False
        ),
    ] = None,
    course: Root = None,
) -> None:
    """Open JupyterLab on the exercises as students have them, with kernels that start at once.

    They are copied from release/ into a folder of their own, work/. What was changed there is
    never overwritten.

    Example: proctor lab --no-browser
    """
    from proctor.course.release import START
    from proctor.course.workplace import renew
    from proctor.lab.jupyterlab import open_lab

    the_course = Course(course)
    place = (folder or the_course.root / "work").resolve()
    for path in renew(the_course, place).kept:
        _tell(f"kept as you changed it, though release/ has a newer one: {path}")
        _tell("  To have both, rename yours and run `proctor lab` again.")
    open_lab(the_course.root, place, START, the_course.data, options or [])


@app.command()
def doctor(cluster: ClusterAddress = None, course: Root = None) -> None:
    """Say what this machine gives for sealing kernels, and how to get the rest.

    With --cluster, say which of its workers can grade the course, and why others cannot.

    Example: proctor doctor
    """
    from proctor.sandbox.doctor import examine_machine

    if cluster:
        _examine_cluster(cluster, Course(course))
        return
    bad = False
    for finding in examine_machine():
        bad |= finding.needed and not finding.good
        _say_found(finding.good, finding.name, finding.words)
    if bad:
        out.print("Submissions cannot be graded here: mend what says NO.")
        raise typer.Exit(3)
    out.print("Submissions can be graded here.")


def _tell(line: str) -> None:
    out.print(line, markup=False, highlight=False, soft_wrap=True)


def _examine_cluster(address: str, course: Course) -> None:
    with _cluster(address, wait=0.0) as cluster:
        workers = cluster.examine(data=course.data, gpu_memory_mb=course.limits.gpu_memory_mb)
    for worker in workers:
        cards = f", on {worker.cards} graphics card(s)" if worker.cards else ""
        words = worker.refusal or f"{worker.slots} at once{cards}"
        _say_found(worker.slots > 0, str(worker), words)
    slots = sum(worker.slots for worker in workers)
    out.print(f"{slots} submissions can be graded at once.")
    if not all(worker.slots for worker in workers):
        raise typer.Exit(3)


def _say_found(good: bool, name: str, words: str) -> None:
    mark = "[green]yes[/]" if good else "[red]NO [/]"
    out.print(f"{mark} {escape(name)}: {escape(words)}", highlight=False, soft_wrap=True)


@contextlib.contextmanager
def _cluster(
    address: str | None, wait: float, refused: Callable[[Any], None] = lambda _: None
) -> Iterator[Any]:
    """A cluster, if one is named. What goes wrong with it is said, and ends the command."""
    if address is None:
        yield None
        return
    from proctor.pipeline.cluster import Cluster, ClusterError

    try:
        with Cluster(address, wait=wait, refused=refused) as cluster:
            yield cluster
    except ClusterError as error:
        err.print(f"proctor: {error}", markup=False, highlight=False)
        raise typer.Exit(3) from error


def _warn_unsealed(unsealed: bool) -> None:
    if unsealed:
        err.print("Unsealed: these notebooks can do whatever you can.", style="bold red")


def main() -> NoReturn:
    """Run the command; turn what a user can mend into one clear message."""
    try:
        app(standalone_mode=True)
    except (CourseError, AttemptError) as error:
        err.print(f"proctor: {error}", markup=False, highlight=False)
        sys.exit(2)
    except (SealError, GraderError) as error:
        err.print(f"proctor: {error}", markup=False, highlight=False)
        sys.exit(3)
    sys.exit(0)


if __name__ == "__main__":
    main()
