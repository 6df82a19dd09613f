"""Rate cards as the account keeps them: sets, dated versions, copies, and no way back once published."""

from __future__ import annotations

from system_apis.kantata.simulator.refused import invalid, not_found
from system_apis.kantata.simulator.rows import Row, Rows


def publish(state: Rows, version_id: str) -> Row:
    """Activate a set version from its date; two of one set never share a date, and none goes back."""
    version = state.get("rate_card_set_versions", version_id)
    if version is None:
        raise not_found()
    if version.get("active"):
        raise invalid("Rate card set version has already been published", field="base")
    if version.get("effective_date") is None:
        raise invalid("Effective date can't be blank", field="effective_date")
    siblings = state.where("rate_card_set_versions", rate_card_set_id=version["rate_card_set_id"], active=True)
    if any(other["effective_date"] == version["effective_date"] for other in siblings):
        raise invalid("Effective date has already been taken", field="effective_date")
    version.update(active=True, updated_at=state.stamp())
    return {"activated": True}


def version_made(state: Rows, version: Row) -> None:
    """A new set version gets a version of every card of its set, copied when it is a clone."""
    version["active"] = False
    clone_id = version.pop("clone_id", None)
    for card in state.where("rate_cards", rate_card_set_id=version["rate_card_set_id"]):
        source = state.where("rate_card_versions", rate_card_id=card["id"], rate_card_set_version_id=clone_id)
        _copy(state, card["id"], version["id"], source[0] if source else None)


def card(state: Rows, row: Row) -> None:
    """A currency must stand in the account's default set before any other set may have it, and only once in each."""
    version = state.get("rate_card_set_versions", row["rate_card_set_version_id"])
    if version is None or version["rate_card_set_id"] != row["rate_card_set_id"]:
        raise invalid("Rate card set version must exist", field="rate_card_set_version_id")
    if state.where("rate_cards", rate_card_set_id=row["rate_card_set_id"], currency=row["currency"]):
        raise invalid("Currency has already been taken", field="currency")
    chosen = state.rows["rate_card_sets"][row["rate_card_set_id"]]
    if chosen.get("account_default"):
        return
    for default in state.where("rate_card_sets", account_default=True):
        if state.where("rate_cards", rate_card_set_id=default["id"], currency=row["currency"]):
            return
    raise invalid("Currency must be on the account default rate card set", field="currency")


def card_made(state: Rows, row: Row) -> None:
    """A new card has a version in the named set version, and in all others once any is published."""
    named = row.pop("rate_card_set_version_id")
    versions = state.where("rate_card_set_versions", rate_card_set_id=row["rate_card_set_id"])
    everywhere = any(version["active"] for version in versions)
    for version in versions:
        if everywhere or version["id"] == named:
            _copy(state, row["id"], version["id"], None)


def role(state: Rows, row: Row) -> None:
    """Rates are entered before publication only."""
    _open(state, row["rate_card_version_id"])


def rate_change(state: Rows, row: Row, change: Row) -> None:
    """Neither a rate nor a default rate changes once published."""
    del change
    _open(state, row.get("rate_card_version_id") or row["id"])


def version_change(state: Rows, row: Row, change: Row) -> None:
    """A published version keeps its date."""
    del state, change
    if row["active"]:
        raise invalid("Rate card set version has been published", field="base")


def role_gone(state: Rows, row: Row) -> None:
    """A rate in use stays."""
    _open(state, row["rate_card_version_id"])


def version_gone(state: Rows, row: Row) -> None:
    """A published version stays."""
    version_change(state, row, {})
    for version in state.where("rate_card_versions", rate_card_set_version_id=row["id"]):
        _drop_version(state, version["id"])


def card_gone(state: Rows, row: Row) -> None:
    """A card goes with its versions and rates, unless a project uses it."""
    if state.where("workspaces", rate_card_id=row["id"]):
        raise invalid("Rate card is in use by a project", field="base")
    for version in state.where("rate_card_versions", rate_card_id=row["id"]):
        _drop_version(state, version["id"])


def set_gone(state: Rows, row: Row) -> None:
    """A set goes with everything in it, unless it is the account's default or a project uses one of its cards."""
    if row.get("account_default"):
        raise invalid("The account default rate card set can't be deleted", field="base")
    cards = state.where("rate_cards", rate_card_set_id=row["id"])
    for used in cards:
        if state.where("workspaces", rate_card_id=used["id"]):
            raise invalid("A rate card of this set is in use by a project", field="base")
    for unused in cards:
        card_gone(state, unused)
        state.drop("rate_cards", unused["id"])
    for version in state.where("rate_card_set_versions", rate_card_set_id=row["id"]):
        state.drop("rate_card_set_versions", version["id"])


def _open(state: Rows, card_version_id: str) -> None:
    version = state.rows["rate_card_versions"][card_version_id]
    if state.rows["rate_card_set_versions"][version["rate_card_set_version_id"]].get("active"):
        raise invalid("Rate card version has been published", field="base")


def _copy(state: Rows, card_id: str, set_version_id: str, source: Row | None) -> None:
    made = state.insert(
        "rate_card_versions",
        {
            "rate_card_id": card_id,
            "rate_card_set_version_id": set_version_id,
            "default_rate": source["default_rate"] if source else 0,
        },
    )
    for rate in state.where("rate_card_roles", rate_card_version_id=source["id"]) if source else []:
        copied = {"rate_card_version_id": made["id"], "role_id": rate["role_id"], "rate": rate["rate"]}
        state.insert("rate_card_roles", copied)


def _drop_version(state: Rows, version_id: str) -> None:
    for rate in state.where("rate_card_roles", rate_card_version_id=version_id):
        state.drop("rate_card_roles", rate["id"])
    state.drop("rate_card_versions", version_id)
