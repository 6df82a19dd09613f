"""Shows what one ERP came through: each call that was cut, and what the room did then."""

from __future__ import annotations

from rich.console import Console

from kit.cli.drill.unknown_outcome import Cut, Drilled


def drill_told(console: Console, drilled: Drilled) -> None:
    """For each cut: the call whose answer never arrived, what was asked next, what was said, and what stands."""
    simulated = "simulated" if drilled.simulated else "real"
    console.print(f"\n[bold]{drilled.title}[/] ({simulated})")
    for each in drilled.cuts:
        _tell(console, each)
    verdict = "[green]one invoice each, found by our key[/]" if drilled.once else "[red]NOT ONE INVOICE EACH[/]"
    console.print(f"  {len(drilled.cuts)} answers cut: {verdict}")


def _tell(console: Console, cut: Cut) -> None:
    mark = "[green]✔[/]" if cut.once else "[red]✘[/]"
    console.print(f"{mark} {cut.act} {cut.document_id}: cut after {cut.call}", soft_wrap=True, highlight=False)
    for call in cut.then:
        console.print(f"      then {call}", style="dim", soft_wrap=True, highlight=False)
    stands = ", ".join(cut.standing) or "nothing"
    console.print(
        f"    it said {cut.answered}; asked again {cut.again}; in the books {stands}, number {cut.number}",
        soft_wrap=True,
        highlight=False,
    )
