"""OpenTelemetry, named once: traces through every hop, no exporter unless one is configured."""

from __future__ import annotations

from typing import Any, Final

from litestar.plugins.opentelemetry import OpenTelemetryConfig, OpenTelemetryPlugin
from msgspec import Struct
from opentelemetry import trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

_SPANS_LEFT_OUT: Final[list[Any]] = ["receive", "send"]


class TelemetrySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where traces go."""

    otlp_endpoint: str = ""
    """Address of an OTLP/HTTP collector for traces; empty exports nothing."""
    sample: float = 1.0
    """Share of new traces that are recorded, 0 to 1."""


def start(settings: TelemetrySettings, *, service: str) -> TracerProvider:
    """Install the tracer provider and instrument the clients; safe to call again in one process."""
    current = trace.get_tracer_provider()
    if isinstance(current, TracerProvider):
        return current
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"sluice-{service}"}),
        sampler=ParentBased(TraceIdRatioBased(settings.sample)),
    )
    if settings.otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - 60 ms that only an exporting process pays

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint)))
    trace.set_tracer_provider(provider)
    HTTPXClientInstrumentor().instrument()
    RedisInstrumentor().instrument()
    return provider


def plugin() -> OpenTelemetryPlugin:
    """The Litestar plugin, without a span for every ASGI message."""
    return OpenTelemetryPlugin(OpenTelemetryConfig(exclude_spans=_SPANS_LEFT_OUT, exclude=["^/health"]))


def trace_id() -> str:
    """The current trace as 32 hexadecimal digits; empty when there is none."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""
