"""Rate cards: set, dated versions, card, rates, publication; each part is found before it is made.

The vendor offers one row at a time and no way back from publication. So everything is filled in first and
published last, earliest date first; a run that was cut off anywhere is completed by the next one.
"""

from __future__ import annotations

from contracts.canonical.rates import RateCard
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from system_apis.kantata import mapping, wire
from system_apis.kantata.client import Kantata
from system_apis.kantata.keyed import RATE_CARD, Keyed, single
from system_apis.kantata.roles import Roles

_SETS = "rate_card_sets"
_VERSIONS = "rate_card_set_versions"
_RATES = "rate_card_roles"


class RateCards:
    """Our rate cards in one account."""

    def __init__(self, kantata: Kantata, keyed: Keyed, roles: Roles) -> None:
        self._kantata = kantata
        self._keyed = keyed
        self._roles = roles

    async def publish(self, rate_card_id: str, body: RateCard) -> Reference:
        """The published card. One that is published whole is returned as it is."""
        dated = mapping.dated_rates(body)
        found = await self._set(rate_card_id)
        card_set = found or await self._new_set(rate_card_id, body)
        first = await self._version(card_set.id, dated[0].effective_date)
        card = await self._card(rate_card_id, card_set.id, body.currency, first.id)
        later = [await self._version(card_set.id, rates.effective_date) for rates in dated[1:]]
        drafts = [(v, rates) for v, rates in zip([first, *later], dated, strict=True) if not v.active]
        if drafts:
            names = {name for _, rates in drafts for name in rates.cents}
            role_ids = await self._roles.ids(names)
            for version, rates in drafts:
                await self._fill(version, card.id, {role_ids[name]: cents for name, cents in rates.cents.items()})
            for version, _ in drafts:
                await self._activate(version)
        await self._sweep(rate_card_id, keep=card_set.id)
        return Reference(our_id=rate_card_id, external_id=card.id, created=found is None)

    async def withdraw(self, rate_card_id: str) -> None:
        """Delete the set with all it holds; when nothing stands, that is what was wanted.

        Raises:
            Problem: `conflict` while a project uses the card.

        """
        found = await self._set(rate_card_id)
        if found is None:
            return
        try:
            await self._kantata.delete(_SETS, found.id)
        except Problem as problem:
            if problem.code != "kantata.validation":
                raise
            raise Problem(
                Kind.CONFLICT,
                "kantata.rate_card_in_use",
                f"rate card {rate_card_id}: {problem.detail}",
                hint="archive the projects that stand on it first",
            ) from problem

    async def _set(self, rate_card_id: str) -> wire.RateCardSet | None:
        """By the reference on the card; before the card stood there, by the end of the set's title."""
        card = await self._keyed.find(RATE_CARD, rate_card_id)
        if card is not None:
            answer = await self._kantata.named(_SETS, [card.rate_card_set_id])
            return single("rate_card_set", rate_card_id, answer.results(_SETS, wire.RateCardSet))
        marked = await self._marked(rate_card_id)
        return min(marked, key=lambda one: int(one.id)) if marked else None

    async def _marked(self, rate_card_id: str) -> list[wire.RateCardSet]:
        sets = await self._kantata.rows(_SETS, wire.RateCardSet)
        mark = mapping.set_mark(rate_card_id)
        return [one for one in sets if one.title.endswith(mark)]

    async def _sweep(self, rate_card_id: str, *, keep: str) -> None:
        """Take away empty twins: a create that reached the vendor late, after its sender had given it up."""
        for twin in await self._marked(rate_card_id):
            if twin.id == keep:
                continue
            try:
                await self._kantata.delete(_SETS, twin.id)
            except Problem as problem:
                if problem.code != "kantata.validation":  # a twin that something stands on is a person's to judge
                    raise

    async def _new_set(self, rate_card_id: str, body: RateCard) -> wire.RateCardSet:
        title = {"title": mapping.set_title(body.name, rate_card_id)}
        try:
            return await self._kantata.create(_SETS, wire.RateCardSet, singular="rate_card_set", body=title)
        except Problem as problem:
            made = await self._set(rate_card_id) if problem.kind is Kind.UNKNOWN_OUTCOME else None
            if made is None:
                raise
            return made

    async def _version(self, set_id: str, effective_date: str) -> wire.RateCardSetVersion:
        standing = await self._standing_version(set_id, effective_date)
        if standing is not None:
            return standing
        body = {"rate_card_set_id": set_id, "effective_date": effective_date}
        singular = "rate_card_set_version"
        try:
            return await self._kantata.create(_VERSIONS, wire.RateCardSetVersion, singular=singular, body=body)
        except Problem as problem:
            doubtful = problem.kind is Kind.UNKNOWN_OUTCOME
            made = await self._standing_version(set_id, effective_date) if doubtful else None
            if made is None:
                raise
            return made

    async def _standing_version(self, set_id: str, effective_date: str) -> wire.RateCardSetVersion | None:
        answer = await self._kantata.named(_SETS, [set_id], include=_VERSIONS)
        versions = answer.loaded(_VERSIONS, wire.RateCardSetVersion).values()
        same = [version for version in versions if version.effective_date == effective_date]
        return single(_VERSIONS, f"{set_id} from {effective_date}", same)

    async def _card(self, rate_card_id: str, set_id: str, currency: str, version_id: str) -> wire.RateCard:
        """The set's card in that currency, with our key on it; a card cannot be born with a reference."""
        card = await self._standing_card(set_id, currency)
        if card is None:
            body = {"rate_card_set_id": set_id, "rate_card_set_version_id": version_id, "currency": currency}
            try:
                card = await self._kantata.create("rate_cards", wire.RateCard, singular="rate_card", body=body)
            except Problem as problem:
                doubtful = problem.kind is Kind.UNKNOWN_OUTCOME
                card = await self._standing_card(set_id, currency) if doubtful else None
                if card is None:
                    raise
        await self._keyed.adopt(RATE_CARD, rate_card_id, card.id)
        return card

    async def _standing_card(self, set_id: str, currency: str) -> wire.RateCard | None:
        answer = await self._kantata.named(_SETS, [set_id], include="rate_cards")
        cards = answer.loaded("rate_cards", wire.RateCard).values()
        return single("rate_card", f"{set_id} in {currency}", [card for card in cards if card.currency == currency])

    async def _fill(self, version: wire.RateCardSetVersion, card_id: str, wanted: dict[str, int]) -> None:
        """Give a draft its rates: what is missing is added, what differs is put right."""
        sheet_id = await self._sheet(version, card_id)
        standing = await self._rates(sheet_id)
        for role_id, cents in wanted.items():
            rate = standing.get(role_id)
            if rate is None:
                await self._add(sheet_id, role_id, cents)
            elif rate.rate != cents:
                await self._kantata.update(_RATES, rate.id, singular="rate_card_role", body={"rate": cents})

    async def _sheet(self, version: wire.RateCardSetVersion, card_id: str) -> str:
        """The version of the card that the vendor made with the version of the set."""
        answer = await self._kantata.named(_VERSIONS, [version.id], include="rate_card_versions")
        sheets = answer.loaded("rate_card_versions", wire.RateCardVersion).values()
        same = [sheet for sheet in sheets if sheet.rate_card_id == card_id]
        sheet = single("rate_card_version", f"{card_id} in {version.id}", same)
        if sheet is None:
            raise Problem(
                Kind.UNEXPECTED,
                "kantata.rate_card_version_missing",
                f"set version {version.id} holds no version of rate card {card_id}",
            )
        return sheet.id

    async def _rates(self, sheet_id: str) -> dict[str, wire.RateCardRole]:
        answer = await self._kantata.named("rate_card_versions", [sheet_id], include=_RATES)
        found: dict[str, list[wire.RateCardRole]] = {}
        for rate in answer.loaded(_RATES, wire.RateCardRole).values():
            found.setdefault(rate.role_id, []).append(rate)
        alone = {role_id: single("rate", f"{role_id} in {sheet_id}", rates) for role_id, rates in found.items()}
        return {role_id: rate for role_id, rate in alone.items() if rate is not None}

    async def _add(self, sheet_id: str, role_id: str, cents: int) -> None:
        body = {"rate_card_version_id": sheet_id, "role_id": role_id, "rate": cents}
        try:
            await self._kantata.create(_RATES, wire.RateCardRole, singular="rate_card_role", body=body)
        except Problem as problem:
            if problem.kind is not Kind.UNKNOWN_OUTCOME or role_id not in await self._rates(sheet_id):
                raise

    async def _activate(self, version: wire.RateCardSetVersion) -> None:
        """Publish a version. A second try is refused by the vendor, so a refusal is believed only if it is a draft."""
        try:
            await self._kantata.act(f"{_VERSIONS}/{version.id}/publish.json")
        except Problem as problem:
            if problem.code != "kantata.validation":
                raise
            answer = await self._kantata.named(_VERSIONS, [version.id])
            now = answer.loaded(_VERSIONS, wire.RateCardSetVersion).get(version.id)
            if now is None or not now.active:
                raise
