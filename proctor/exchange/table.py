"""CSV files as spreadsheets and learning platforms write them, and as they may be given back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from proctor.course.course import CourseError, read_file
from proctor.course.files import replace_file
from proctor.pipeline.marks import clean, one_line

_MOST = 50 * 1024 * 1024
_DELIMITERS = (",", ";", "\t")
# What spreadsheets take for the beginning of a formula, in wide letters, too.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*%?|-")


@dataclass
class Table:
    """The rows of a CSV file, each as long as the header.

    Attributes:
        header: The columns' names.
        rows: The cells of all other rows.
        delimiter: What stands between two cells.
    """

    header: list[str]
    rows: list[list[str]]
    delimiter: str = ","

    def column(self, *names: str) -> int | None:
        """The place of the first column that has one of some names; case does not count."""
        known = [name.strip().casefold() for name in self.header]
        places = (known.index(name.casefold()) for name in names if name.casefold() in known)
        return next(places, None)

    def add_column(self, name: str) -> int:
        """Add an empty column at the end; its place."""
        self.header.append(name)
        for row in self.rows:
            row.append("")
        return len(self.header) - 1


def read_table(path: Path) -> Table:
    """Read a CSV file, whatever it is delimited with.

    Raises:
        CourseError: It cannot be read, or is no CSV file in UTF-8 (or UTF-16, with its mark).
    """
    try:
        data = read_file(path, _MOST + 1)
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(data) > _MOST:
        raise CourseError(f"{path} is larger than {_MOST // 2**20} MB: is it a CSV file?")
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not in UTF-8: save it as `CSV UTF-8`") from None
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        rows = [
            row
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise CourseError(f"{path} is no CSV file: {error}") from error
    if not rows or len(rows[0]) < 2:
        raise CourseError(f"{path} is no CSV file with a row of column names")
    header = [cell.strip() for cell in rows[0]]
    width = len(header)
    if wrong := next((row for row in rows if len(row) > width), None):
        first = one_line(wrong[0])[:60]
        raise CourseError(f"{path}: the row of `{first}` has more cells than there are columns")
    return Table(header, [row + [""] * (width - len(row)) for row in rows[1:]], delimiter)


def write_table(path: Path, table: Table, *, trusted: Collection[int] = ()) -> None:
    """Write a CSV file in UTF-8, in which no cell is a formula.

    Args:
        path: The file.
        table: What to write.
        trusted: Columns whose text goes out as it is: no student wrote it.

    Raises:
        CourseError: The file cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=table.delimiter)
    for row in (table.header, *table.rows):
        writer.writerow(
            cell if place in trusted else no_formula(cell) for place, cell in enumerate(row)
        )
    replace_file(path, text.getvalue().encode("utf-8", "replace"))


def no_formula(text: str) -> str:
    """Text that no spreadsheet takes for a formula; numbers stay numbers."""
    text = clean(text)
    if text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def number(value: float | None) -> str:
    """A number as every platform reads it: a point, no exponent, no needless digits."""
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def normal(name: str) -> str:
    """A name of an exercise, reduced to what people keep when they type it again."""
    return "_".join(re.findall(r"\w+", name.replace("_", " ").casefold()))


def listed(names: Sequence[str], most: int = 10) -> str:
    """A few names in a row, and how many more there are."""
    shown = ", ".join(map(one_line, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
