"""Steps: methods that act on the world, called by a road without their effect, performed durably.

    class Steps:
        @step(undo="close_project", system="psa")
        async def open_project(self, effect: Effect, plan: Plan) -> Reference: ...
        async def close_project(self, effect: Effect, plan: Plan) -> None: ...

A road then says `await steps.open_project(plan)`, and the type checker checks `plan`.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast, overload

from kit.durable.current import current_run
from kit.durable.fault import Effect

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a step declares: how it is undone, whether it can be, which system it speaks to, whether it only reads."""

    name: str
    undo: str | None
    pivot: bool
    system: str
    reads: bool = False


class Step(Generic[P, R]):
    """A method marked as a step, seen on the class."""

    def __init__(self, function: Callable[Concatenate[Any, Effect, P], Awaitable[R]], *, terms: Terms) -> None:
        self.function = function
        self.terms = terms
        self.__doc__ = function.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Step[P, R]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> BoundStep[P, R]: ...
    def __get__(self, instance: object | None, owner: type) -> Step[P, R] | BoundStep[P, R]:
        """The step of one object: what a road calls."""
        return self if instance is None else BoundStep(self, instance=instance)


class BoundStep(Generic[P, R]):
    """A step of one object. Calling it performs it durably within the road that runs."""

    def __init__(self, declared: Step[P, R], *, instance: object) -> None:
        self.terms = declared.terms
        self.instance = instance
        self.raw = cast("Callable[Concatenate[Effect, P], Awaitable[R]]", partial(declared.function, instance))
        self._function = declared.function

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Perform the step: at least once towards the world, once in the journal.

        Raises:
            RuntimeError: no road is running here.
            Unwind: the case was cancelled.

        """
        return cast("R", await current_run().perform(self, args, kwargs))

    def bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name, without the effect."""
        return {**dict(zip(_names(self._function), args, strict=False)), **kwargs}

    def undone_alike(self) -> bool:
        """Whether the undo exists and takes the step's own arguments by the same names."""
        undo = getattr(self.instance, self.terms.undo or "", None)
        function = undo.function_of() if isinstance(undo, BoundStep) else getattr(undo, "__func__", None)
        return function is not None and _names(function) == _names(self._function)

    def function_of(self) -> Callable[..., Awaitable[R]]:
        """The plain function behind the step."""
        return self._function

    def returns(self) -> Any:
        """The declared type of the answer."""
        return _returns(self._function)

    def undoing(self) -> Callable[..., Awaitable[object]] | None:
        """The method that takes the step back, or None."""
        if self.terms.undo is None:
            return None
        method = getattr(self.instance, self.terms.undo)
        return cast("Callable[..., Awaitable[object]]", method.raw if isinstance(method, BoundStep) else method)


@cache
def _names(function: Callable[..., object]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)[2:]  # without self and the effect


@cache
def _returns(function: Callable[..., object]) -> Any:
    return typing.get_type_hints(function).get("return", Any)


def step(
    *, undo: str | None = None, pivot: bool = False, system: str = "", reads: bool = False, name: str | None = None
) -> Callable[[Callable[Concatenate[Any, Effect, P], Awaitable[R]]], Step[P, R]]:
    """Mark a method as a step.

    `undo` names the method with the same arguments that takes it back; it is called with the step's own effect
    and must do no harm when there is nothing to take back. A `pivot` is never taken back: once it is done, the
    case can no longer unwind. A step with neither leaves nothing behind that would have to be taken back. One that
    `reads` changes nothing at all: a dry run performs it. `system` names the role.
    """

    def mark(function: Callable[Concatenate[Any, Effect, P], Awaitable[R]]) -> Step[P, R]:
        called = name or str(getattr(function, "__name__", ""))
        return Step(function, terms=Terms(name=called, undo=undo, pivot=pivot, system=system, reads=reads))

    return mark


def steps_of(steps: object) -> dict[str, BoundStep[..., Any]]:
    """The steps an object declares, by name.

    Raises:
        ValueError: an undo that does not exist, a pivot with an undo, or two steps of one name.

    """
    found: dict[str, BoundStep[..., Any]] = {}
    for attribute in dir(type(steps)):
        if not isinstance(inspect.getattr_static(type(steps), attribute), Step):
            continue
        bound: BoundStep[..., Any] = getattr(steps, attribute)
        terms = bound.terms
        if terms.reads and (terms.pivot or terms.undo is not None):
            message = f"step {terms.name}: what only reads needs no undo and is no pivot"
            raise ValueError(message)
        if terms.undo is not None and (terms.pivot or not bound.undone_alike()):
            message = (
                f"step {terms.name}: undo {terms.undo!r} does not exist or takes other arguments, "
                f"or the step is a pivot"
            )
            raise ValueError(message)
        if terms.name in found:
            message = f"two steps are called {terms.name}"
            raise ValueError(message)
        found[terms.name] = bound
    return found
