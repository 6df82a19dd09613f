"""Who is meant by an e-mail: the vendor knows people by account ids, and keeps some e-mails to itself."""

from __future__ import annotations

from contracts.problem import FieldError, Kind, Problem
from system_apis.jira.client import Jira
from system_apis.jira.config import Config
from system_apis.jira.wire import Person


class People:
    """The people of one site."""

    def __init__(self, jira: Jira, config: Config) -> None:
        self._jira = jira
        self._accounts = {email.casefold(): account_id for email, account_id in config.accounts.items()}
        self._lead = config.lead

    async def account(self, email: str, *, pointer: str) -> str:
        """The account id behind an e-mail.

        Raises:
            Problem: invalid, when nobody active there has it, or the person keeps it private.

        """
        known = self._accounts.get(email.casefold())
        if known is not None:
            return known
        found = await self._jira.get("/user/search", list[Person], query=email, maxResults="50")
        fitting = [one for one in found if one.active and one.email_address.casefold() == email.casefold()]
        if len(fitting) == 1:
            return fitting[0].account_id
        code = "assignee_unknown" if pointer == "/assignee" else "lead_unknown"
        fault = FieldError(pointer=pointer, code=code, detail="no account there has this e-mail")
        hint = "a person who keeps the e-mail private is named in `accounts` of the connection"
        raise Problem(Kind.INVALID, code, "nobody on the site is known by this e-mail", hint=hint, errors=(fault,))

    async def lead(self, email: str | None) -> str:
        """The account id of who leads a project: whoever is named, else whoever the settings name, else we."""
        wanted = email or self._lead
        if wanted:
            return await self.account(wanted, pointer="/lead")
        return (await self._jira.get("/myself", Person)).account_id
