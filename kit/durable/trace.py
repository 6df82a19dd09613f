"""The trace a case belongs to: taken where it starts, taken up again wherever it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import context, propagate, trace

_TRACER: Final = trace.get_tracer("kit.durable")  # stands in until the process has chosen its provider


def current_trace() -> tuple[str, str]:
    """The trace id (32 hexadecimal digits) and the traceparent of the current span; empty without one."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return "", ""
    flags = f"{int(span.trace_flags):02x}"
    trace_id = trace.format_trace_id(span.trace_id)
    return trace_id, f"00-{trace_id}-{trace.format_span_id(span.span_id)}-{flags}"


@contextmanager
def taken_up(traceparent: str) -> Iterator[None]:
    """Let the code of the block belong to the trace."""
    token = context.attach(propagate.extract({"traceparent": traceparent}) if traceparent else context.get_current())
    try:
        yield
    finally:
        context.detach(token)


@contextmanager
def stepping(name: str, *, case_id: str, key: str, system: str, attempt: int) -> Iterator[None]:
    """A span around one call of a step."""
    attributes: dict[str, str | int] = {
        "sluice.case_id": case_id,
        "sluice.effect_key": key,
        "sluice.system": system,
        "sluice.attempt": attempt,
    }
    with _TRACER.start_as_current_span(name, attributes=attributes):
        yield
