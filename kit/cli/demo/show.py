"""Shows the story while it runs, and the journey when it is over."""

from __future__ import annotations

from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from contracts.canonical.casework import CaseFile, CaseStep, StepState, Wait
from kit.cli.demo.journey import Told
from kit.cli.demo.outcome import Shape

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
