"""How this firm handles problems and who approves what: the catalogue and the matrix, as the roads meet them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.canonical.exceptions import CatalogueEntry
from kit.durable import ApprovalRequest, Fault, Handling, Route
from kit.durable.governing import alone
from process_apis.casework import catalogue, matrix
from process_apis.casework.matrix import Matrix


@dataclass(frozen=True)
class Governing:
    """Answers from data that was read at the start."""

    entries: Mapping[str, CatalogueEntry]
    matrix: Matrix

    def handling(self, fault: Fault) -> Handling:
        """A fault, completed by the catalogue."""
        return catalogue.handling(self.entries, fault)

    def route(self, request: ApprovalRequest) -> Route:
        """The way the matrix orders; the role that was named where the matrix says nothing."""
        return self.matrix.route(request) or alone(request)


def governing() -> Governing:
    """The governance of the files beside this one.

    Raises:
        SettingsError: a file will not do.

    """
    return Governing(
        entries=catalogue.read_catalogue(catalogue.FILE.read_text(encoding="utf-8")),
        matrix=matrix.read_matrix(matrix.FILE.read_text(encoding="utf-8")),
    )
