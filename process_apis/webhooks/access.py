"""Whose endpoints a caller may see and keep; default deny."""

from __future__ import annotations

from contracts.problem import Kind, Problem
from kit.caller import Caller
from process_apis.webhooks.config import Config


def seeing(caller: Caller, config: Config) -> str | None:
    """The client whose endpoints a caller sees; None means everybody's, for the firm's own staff."""
    return None if not caller.roles.isdisjoint(config.staff_roles) else caller.client_id


def adding(caller: Caller, config: Config) -> str:
    """The client for whom a caller adds an endpoint.

    Raises:
        Problem: forbidden, when the client speaks for no customer and so could be told of nothing.

    """
    if not caller.client_id or not config.customers.get(caller.client_id):
        raise Problem(
            Kind.FORBIDDEN,
            "no_customers",
            "this client speaks for no customer, so there is nothing it could be told",
            hint="ask the partner platform to name the customers of this client",
        )
    return caller.client_id
