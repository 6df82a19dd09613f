"""What the business logic of parties and projects refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from system_apis.dynamics_finance.simulator.refusal import infolog, missing
from system_apis.dynamics_finance.simulator.schema import EntitySet
from system_apis.dynamics_finance.simulator.state import Environment, Row

Check = Callable[[Environment, EntitySet, dict[str, Any], Row | None], None]


def check_company(environment: Environment, kind: EntitySet, values: dict[str, Any]) -> None:
    """A row is of a company that stands."""
    if kind.by_company and not any(
        row["LegalEntityId"].lower() == values["dataAreaId"] for row in environment.rows("LegalEntities")
    ):
        raise missing(values["dataAreaId"], "Company", "Companies", kind.entity)


def related(
    environment: Environment, kind: EntitySet, value: str, *, table: str, key: Iterable[str], label: str, said: str
) -> Row | None:
    """What a value refers to; nothing said refers to nothing."""
    if not value:
        return None
    row = environment.find(table, *key)
    if row is None:
        raise missing(value, label, said, kind.entity)
    return row


def tax_group(environment: Environment, kind: EntitySet, values: dict[str, Any]) -> None:
    """A sales tax group is one of the company."""
    company, code = values["dataAreaId"], values["SalesTaxGroup"]
    related(
        environment,
        kind,
        code,
        table="TaxGroups",
        key=(company, code),
        label="Sales tax group",
        said="Sales tax groups",
    )


def currency(environment: Environment, kind: EntitySet, code: str) -> None:
    """A currency is one of the environment."""
    related(environment, kind, code, table="Currencies", key=(code,), label="Currency", said="Currencies")


def customer(environment: Environment, kind: EntitySet, company: str, account: str) -> Row | None:
    """A customer is one of the company."""
    return related(
        environment,
        kind,
        account,
        table="CustomersV3",
        key=(company, account),
        label="Customer account",
        said="Customers",
    )


def check_removal(environment: Environment, kind: EntitySet, row: Row) -> None:
    """A row that others need stays."""
    if kind.name == "ProjectTasks":
        below = environment.where(kind.name, dataAreaId=row["dataAreaId"], ParentTaskElementId=row["TaskId"])
        planned = environment.where("ProjectOnAccountTransactions", ActivityNumber=row["TaskId"])
        if below or planned:
            raise infolog(kind.entity, f"Task {row['TaskId']} cannot be deleted while others need it.", verb="Delete")
    elif kind.name == "ProjectOnAccountTransactions" and row["TransactionStatus"] == "Invoiced":
        raise infolog(kind.entity, f"Transaction {row['TransactionId']} has been invoiced.", verb="Delete")
    elif kind.name not in {"ProjectOnAccountTransactions", "FreeTextInvoiceHeaders", "FreeTextInvoiceLines"}:
        raise infolog(kind.entity, "The record cannot be deleted because dependent records exist.", verb="Delete")


def check_sums(environment: Environment) -> None:
    """At the end of a unit of work the on-account transactions of a contract line sum to its value."""
    sums: dict[tuple[str, str], Decimal] = {}
    for row in environment.rows("ProjectOnAccountTransactions"):
        key = (row["dataAreaId"], row["ContractLineRef"])
        sums[key] = sums.get(key, Decimal(0)) + row["Amount"]
    for line in environment.rows("ProjectContractLines"):
        summed = sums.get((line["dataAreaId"], line["ContractLineId"]), Decimal(0))
        if summed != line["LineAmount"]:
            reason = f"The milestones do not sum to the contract line amount {line['LineAmount']}: {summed}."
            raise infolog("ProjProjectContractLineEntity", reason)


def _check_customer(environment: Environment, kind: EntitySet, values: dict[str, Any], row: Row | None) -> None:
    company = values["dataAreaId"]
    group = values["CustomerGroupId"]
    related(
        environment, kind, group, table="CustomerGroups", key=(company, group), label="Customer group", said="Groups"
    )
    currency(environment, kind, values["SalesCurrencyCode"])
    tax_group(environment, kind, values)
    if row is None and not values["PartyNumber"]:
        values["PartyNumber"] = f"{environment.number('party', first=1):09}"
    if values["CompanyChain"] == values["CustomerAccount"]:
        raise infolog(kind.entity, "A customer is not its own chain: field 'Company chain'.")


def _check_contract(environment: Environment, kind: EntitySet, values: dict[str, Any], _row: Row | None) -> None:
    currency(environment, kind, values["SalesCurrencyCode"])
    found = customer(environment, kind, values["dataAreaId"], values["CustomerAccountNumber"])
    if found is not None and found["OnHoldStatus"] == "All":
        raise infolog(kind.entity, f"Customer {values['CustomerAccountNumber']} is on hold.")


def _check_project(environment: Environment, kind: EntitySet, values: dict[str, Any], _row: Row | None) -> None:
    company, contract = values["dataAreaId"], values["ProjectContractId"]
    related(
        environment,
        kind,
        contract,
        table="ProjectContractHeaders",
        key=(company, contract),
        label="Project contract",
        said="Project contracts",
    )
    customer(environment, kind, company, values["CustomerAccountNumber"])


def _project_in_work(environment: Environment, kind: EntitySet, values: dict[str, Any]) -> None:
    company, number = values["dataAreaId"], values["ProjectId"]
    project = related(
        environment, kind, number, table="ProjectsV2", key=(company, number), label="Project ID", said="Projects"
    )
    if project is not None and project["ProjectStage"] == "Finished":
        raise infolog(kind.entity, f"Project {number} is in stage Finished, which takes no changes.")


def _check_task(environment: Environment, kind: EntitySet, values: dict[str, Any], _row: Row | None) -> None:
    _project_in_work(environment, kind, values)
    company, number, parent = values["dataAreaId"], values["ProjectId"], values["ParentTaskElementId"]
    related(
        environment, kind, parent, table=kind.name, key=(company, number, parent), label="Parent task", said="Tasks"
    )


def _check_line(environment: Environment, kind: EntitySet, values: dict[str, Any], _row: Row | None) -> None:
    company, contract = values["dataAreaId"], values["ProjectContractId"]
    related(
        environment,
        kind,
        contract,
        table="ProjectContractHeaders",
        key=(company, contract),
        label="Project contract",
        said="Project contracts",
    )
    currency(environment, kind, values["CurrencyId"])
    tax_group(environment, kind, values)


def _check_on_account(environment: Environment, kind: EntitySet, values: dict[str, Any], row: Row | None) -> None:
    if row is not None and row["TransactionStatus"] == "Invoiced":
        raise infolog(kind.entity, f"Transaction {row['TransactionId']} has been invoiced.")
    _project_in_work(environment, kind, values)
    company, line, task = values["dataAreaId"], values["ContractLineRef"], values["ActivityNumber"]
    related(
        environment,
        kind,
        line,
        table="ProjectContractLines",
        key=(company, values["ProjectContractId"], line),
        label="Contract line",
        said="Project contract lines",
    )
    related(
        environment,
        kind,
        task,
        table="ProjectTasks",
        key=(company, values["ProjectId"], task),
        label="Activity number",
        said="Project tasks",
    )


CHECKS: Final[dict[str, Check]] = {
    "CustomersV3": _check_customer,
    "ProjectContractHeaders": _check_contract,
    "ProjectsV2": _check_project,
    "ProjectTasks": _check_task,
    "ProjectContractLines": _check_line,
    "ProjectOnAccountTransactions": _check_on_account,
}
