"""Shows the story while it runs, and the journey when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from contracts.canonical.casework import CaseFile, CaseStep, StepState, Wait
from kit.cli.demo.comparison import Comparison, amount
from kit.cli.demo.journey import Told
from kit.cli.demo.outcome import Shape
from kit.cli.demo.statement import Statement

_MARK: Final = {StepState.DONE: "[green]✔[/]", StepState.UNDONE: "[yellow]↶[/]", StepState.FAILED: "[red]✘[/]"}


class Stage:
    """A live view on a terminal, plain lines elsewhere; everything goes to standard error when asked to be quiet."""

    def __init__(self, *, quiet: bool) -> None:
        self.console = Console(stderr=quiet)
        self._live = Live(console=self.console, refresh_per_second=12, transient=True)
        self._moving = self.console.is_terminal
        self._said = 0

    def __enter__(self) -> Self:
        """Begin."""
        if self._moving:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        if self._moving:
            self._live.stop()

    def watch(self, case: CaseFile, acts: list[str]) -> None:
        """Show where the case stands now."""
        if self._moving:
            state = Text(f" {case.summary.title}: {case.summary.state} at {case.summary.step}", style="bold")
            self._live.update(Group(state, _steps(case.steps), Text("\n".join(acts), style="cyan")))
        for act in acts[self._said :]:
            if not self._moving:
                self.console.print(f"  {act}")
        self._said = len(acts)


def _steps(steps: list[CaseStep]) -> Table:
    table = Table(box=None, show_header=False)
    for step in steps:
        table.add_row(_MARK.get(step.state, "…"), step.name, step.system, step.external_id)
    return table


def journey_table(console: Console, told: Told) -> None:
    """Each step with its system, the vendor's id and its time; each wait with who was waited for; the totals."""
    case, journey = told.case, told.journey
    console.print(f"\n[bold]{case.summary.title}[/] · case {journey.case_id} · trace {journey.trace_id}\n")
    table = Table("", "step", "system", "vendor id", "tries", "elapsed", box=None, header_style="dim")
    for step in case.steps:
        elapsed = f"{step.elapsed_ms} ms"
        table.add_row(_MARK.get(step.state, "…"), step.name, step.system, step.external_id, str(step.attempts), elapsed)
    console.print(table)
    for wait in case.waits:
        console.print(f"  waited {_length(wait)} for {wait.owner_role} ({wait.cause.replace('_', ' ')}) {wait.detail}")
    console.print()
    for act in told.acts:
        console.print(f"  {act}")
    billed, sold = journey.billing_schedule, journey.contract_value
    verdict = "[green]tie to the cent[/]" if journey.ties else "[red]DO NOT TIE[/]"
    console.print(
        f"\n  contract value  {sold.total:>16,} {sold.currency}   ({sold.lines} lines in the CRM)"
        f"\n  billing schedule{billed.total:>16,} {billed.currency}   ({billed.lines} lines in the ERP)   {verdict}"
        f"\n  the CRM says: {journey.crm_status}"
        f"\n  {journey.elapsed_s:.1f} s in all, {journey.engine_s:.2f} s of it our own\n"
    )


def shapes_head(console: Console) -> None:
    """Announces the columns of what follows."""
    console.print(f"\n  {'shape':34}{'outcome':13}{'parts':>6}{'engine':>9}  totals, sold = billed", style="dim")


def shape_line(console: Console, shape: Shape) -> None:
    """One shape on one line: what became of it, and each currency's sums."""
    mark = "[green]✔[/]" if shape.ties else "[red]✘[/]"
    sums = "  ".join(f"{tie.sold:,} {'=' if tie.ties else '≠'} {tie.billed:,} {tie.currency}" for tie in shape.totals)
    engine = f"{shape.engine_s:.2f} s"
    console.print(f"{mark} {shape.story:34}{shape.outcome:13}{len(shape.parts):>6}{engine:>9}  {sums}")
    if shape.exceptions:
        console.print(f"    asked: {', '.join(shape.exceptions)}", style="dim")


def _length(wait: Wait) -> str:
    return "…" if wait.ended_at is None else f"{(wait.ended_at - wait.started_at).total_seconds():.1f} s"


def statement_table(console: Console, statement: Statement) -> None:
    """Every document of an estate by its ERP's books, and what sales reads of them."""
    table = Table("document", "number", "lines", "net", "tax", "gross", "paid", "open", box=None, header_style="dim")
    for each in statement.documents:
        sums = (amount(value) for value in (each.net, each.tax, each.gross, each.paid, each.open))
        table.add_row(each.document_id, each.number, str(len(each.lines)), *sums)
    whole = (statement.net, statement.tax, statement.gross, statement.gross - statement.open, statement.open)
    table.add_row("all", "", "", *map(amount, whole), style="bold")
    console.print(table)
    verdict = "[green]tie to the cent[/]" if statement.ties else "[red]DO NOT TIE[/]"
    console.print(f"  ERP and ledger {verdict}; sales reads {statement.crm_status}; {statement.elapsed_s:.1f} s\n")


def comparison_table(console: Console, comparison: Comparison, statements: Sequence[Statement]) -> None:
    """What must be the same, estate by estate; then what is each ERP's own; then every difference by its name."""
    names = [each.estate for each in statements]
    table = Table("", "document", "", *names, box=None, header_style="dim")
    table.add_row("", "", "ERP", *(each.systems["erp"] for each in statements), style="dim")
    for row in comparison.rows:
        if not row.what.startswith("line ") or not row.same:
            mark = "[green]=[/]" if row not in comparison.differences else "[red]≠[/]"
            table.add_row(mark, row.document or "all", row.what, *(row.values[name] for name in names))
    console.print(table)
    lines = sum(row.what.startswith("line ") and row.same for row in comparison.rows)
    console.print(f"\n  {lines} lines are the same in text, quantity, price and amount. Rightly each ERP's own:\n")
    own = Table("document", "", *names, box=None, header_style="dim")
    for each in comparison.apart:
        own.add_row(each.row.document, each.row.what, *(each.row.values[name] for name in names))
    console.print(own)
    for why in dict.fromkeys(each.why for each in comparison.apart):
        what = dict.fromkeys(each.row.what for each in comparison.apart if each.why == why)
        console.print(f"  {', '.join(what)}: {why}", style="dim", soft_wrap=True)
    for row in comparison.differences:
        said = "; ".join(f"{name} says {value}" for name, value in row.values.items())
        console.print(f"[red]≠[/] {row.what} of {row.document or 'all documents'}: {said}", soft_wrap=True)
    verdict = "[green]the same to the cent[/]" if comparison.same else "[red]NOT THE SAME[/]"
    console.print(f"\n  {', '.join(names)}: {verdict}\n")
