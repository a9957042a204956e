"""The bad rows as a file to mend: the original columns, what is wrong and how to mend it."""

from collections.abc import Iterator
from itertools import groupby

from servicebook.intake.importing.fields import reserved_headings
from servicebook.intake.models import ImportProblem, ImportRun


def table(run: ImportRun) -> Iterator[list[str]]:
    """Yield the heading, then each bad row as it was read. Mended, it is imported as it is."""
    headings: list[str] = run.shape["headings"]
    added = reserved_headings()
    own = [heading for heading in headings if heading not in added.values()]
    yield [*own, added["reason"], added["remedy"]]
    problems = run.problems.order_by("line", "pk").iterator(chunk_size=500)
    for _line, group in groupby(problems, key=lambda problem: problem.line):
        of_row = list(group)
        cells: dict[str, str] = next((problem.row for problem in of_row if problem.row), {})
        yield [
            *(cells.get(heading, "") for heading in own),
            " · ".join(_said(problem) for problem in of_row),
            " · ".join(dict.fromkeys(problem.remedy for problem in of_row)),
        ]


def _said(problem: ImportProblem) -> str:
    return f"{problem.column}: {problem.reason}" if problem.column else problem.reason
