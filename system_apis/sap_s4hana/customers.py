"""Customers in one tenant: made once under a number drawn from our id, and brought up to date part by part."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from contracts.canonical.party import Customer
from contracts.canonical.reference import Reference
from contracts.problem import Problem
from system_apis.sap_s4hana import customer_mapping as mapped
from system_apis.sap_s4hana.client import CREDITS, DEBITS, ORDERS, PARTNERS, S4, Service
from system_apis.sap_s4hana.config import Config
from system_apis.sap_s4hana.mapping import absent, company_of, conflict, partner_number
from system_apis.sap_s4hana.odata import keyed, text
from system_apis.sap_s4hana.refusals import MAY_STAND
from system_apis.sap_s4hana.wire import (
    Address,
    AreaTax,
    CustomerCompany,
    Email,
    Identification,
    Partner,
    SalesArea,
    TaxNumber,
    Wire,
)

_OPEN: Final = "SoldToParty eq {number} and OverallSDProcessStatus ne 'C'"
_DOCUMENTS: Final = (
    (ORDERS, "A_SalesOrder"),
    (DEBITS, "A_DebitMemoRequest"),
    (CREDITS, "A_CreditMemoRequest"),
)


class Customers:
    """The business partners that stand under our ids."""

    def __init__(self, client: S4, config: Config) -> None:
        self._client = client
        self._config = config

    async def put(self, customer: Customer, *, legal_entity_id: str) -> Reference:
        """Create the customer for a legal entity, or bring it up to date."""
        wanted = mapped.partner_create(customer, legal_entity_id=legal_entity_id, config=self._config)
        number = partner_number(customer.customer_id, pointer="/customer_id")
        if await self._held(number) is None:
            try:
                await self._client.create(PARTNERS, "A_BusinessPartner", wanted)
            except Problem as problem:
                if problem.kind not in MAY_STAND or await self._held(number) is None:
                    raise
            else:
                return Reference(our_id=customer.customer_id, external_id=number, created=True)
        await self._check_ours(customer.customer_id, number)
        await self._update(customer, number, legal_entity_id=legal_entity_id)
        return Reference(our_id=customer.customer_id, external_id=number)

    async def find(self, customer_id: str) -> Reference:
        """The customer under our id.

        Raises:
            Problem: `not_found`.

        """
        number = partner_number(customer_id, pointer="customer_id")
        if await self._held(number) is None:
            raise absent("business partner", customer_id)
        return Reference(our_id=customer_id, external_id=number)

    async def uuid_of(self, customer_id: str) -> str | None:
        """By what a project names its customer; None when there is no such partner."""
        held = await self._held(partner_number(customer_id, pointer="/customer_id"))
        return None if held is None else str(held.business_partner_uuid)

    async def retire(self, customer_id: str) -> None:
        """Block a customer; refused while a sales document of it is open."""
        await self.find(customer_id)
        number = partner_number(customer_id, pointer="customer_id")
        for service, documents in _DOCUMENTS:
            open_ones = _OPEN.format(number=text(number))
            if await self._client.all(service, documents, into=Wire, filter=open_ones, top="1", select="SoldToParty"):
                raise conflict("customer_has_open_orders", f"documents of {customer_id} are open")
        await self._client.settle(PARTNERS, _partner(number), Partner(business_partner_is_blocked=True))

    async def _held(self, number: str) -> Partner | None:
        held = await self._client.get(PARTNERS, _partner(number), into=Partner)
        return None if held is None else held.entity

    async def _check_ours(self, customer_id: str, number: str) -> None:
        """Refuse a partner that bears the number for another reason than ours."""
        kind = text(self._config.identification_type)
        rows = await self._client.all(
            PARTNERS,
            "A_BuPaIdentification",
            into=Identification,
            filter=f"BusinessPartner eq {text(number)} and BPIdentificationType eq {kind}",
        )
        if customer_id not in {row.bp_identification_number for row in rows}:
            raise conflict("customer_number_taken", f"business partner {number} is not '{customer_id}'")

    async def _update(self, customer: Customer, number: str, *, legal_entity_id: str) -> None:
        await self._client.settle(PARTNERS, _partner(number), mapped.partner(customer))
        await self._address(customer, number)
        await self._tax_number(customer, number)
        company = company_of(self._config, legal_entity_id, pointer="legal_entity_id")
        at_company = replace(mapped.customer_company(company, self._config), customer=number)
        area = replace(mapped.sales_area(customer, company), customer=number)
        place = {
            "Customer": text(number),
            "SalesOrganization": text(company.sales_organization),
            "DistributionChannel": text(company.distribution_channel),
            "Division": text(company.division),
        }
        where = keyed("A_CustomerCompany", Customer=text(number), CompanyCode=text(company.company_code))
        await self._ensure(PARTNERS, "A_CustomerCompany", where, CustomerCompany(), at_company)
        kept = SalesArea(currency=customer.currency)
        await self._ensure(PARTNERS, "A_CustomerSalesArea", keyed("A_CustomerSalesArea", **place), kept, area)
        await self._area_tax(customer, area, place)

    async def _area_tax(self, customer: Customer, area: SalesArea, place: dict[str, str]) -> None:
        tax = mapped.area_tax(customer, self._config)
        if tax is None:
            return
        kinds = {
            "DepartureCountry": text(str(tax.departure_country)),
            "CustomerTaxCategory": text(str(tax.customer_tax_category)),
        }
        whole = replace(
            tax,
            customer=area.customer,
            sales_organization=area.sales_organization,
            distribution_channel=area.distribution_channel,
            division=area.division,
        )
        kept = AreaTax(customer_tax_classification=tax.customer_tax_classification)
        where = keyed("A_CustomerSalesAreaTax", **place, **kinds)
        await self._ensure(PARTNERS, "A_CustomerSalesAreaTax", where, kept, whole)

    async def _address(self, customer: Customer, number: str) -> None:
        mine = f"BusinessPartner eq {text(number)}"
        rows = await self._client.all(PARTNERS, "A_BusinessPartnerAddress", into=Address, filter=mine)
        if not rows:
            body = replace(mapped.address(customer, with_email=True), business_partner=number)
            await self._client.create(PARTNERS, "A_BusinessPartnerAddress", body)
            return
        where = {"BusinessPartner": text(number), "AddressID": text(str(rows[0].address_id))}
        await self._client.settle(PARTNERS, keyed("A_BusinessPartnerAddress", **where), mapped.address(customer))
        await self._email(customer.email, str(rows[0].address_id))

    async def _email(self, email: str | None, address_id: str) -> None:
        rows = await self._client.all(
            PARTNERS, "A_AddressEmailAddress", into=Email, filter=f"AddressID eq {text(address_id)}"
        )
        if not rows and email:
            body = Email(address_id=address_id, email_address=email)
            await self._client.create(PARTNERS, "A_AddressEmailAddress", body)
        for row in rows[:1]:
            parts = {"AddressID": row.address_id, "Person": row.person, "OrdinalNumber": row.ordinal_number}
            where = keyed("A_AddressEmailAddress", **{name: text(str(part)) for name, part in parts.items()})
            if email:
                await self._client.settle(PARTNERS, where, Email(email_address=email))
            else:
                await self._gone(where, Email)

    async def _tax_number(self, customer: Customer, number: str) -> None:
        kind = mapped.tax_type(customer)
        where = keyed("A_BusinessPartnerTaxNumber", BusinessPartner=text(number), BPTaxType=text(kind))
        wanted = mapped.tax_number(customer)
        if wanted is None:
            await self._gone(where, TaxNumber)
            return
        whole = replace(wanted, business_partner=number)
        kept = TaxNumber(bp_tax_number=wanted.bp_tax_number, bp_tax_long_number=wanted.bp_tax_long_number)
        await self._ensure(PARTNERS, "A_BusinessPartnerTaxNumber", where, kept, whole)

    async def _ensure(self, service: Service, entity_set: str, where: str, kept: Wire, whole: Wire) -> None:
        """Let a part stand: made whole where it is missing, kept up to date where it is not."""
        if await self._client.get(service, where, into=type(kept)) is None:
            try:
                await self._client.create(service, entity_set, whole)
            except Problem as problem:
                if problem.kind not in MAY_STAND or await self._client.get(service, where, into=type(kept)) is None:
                    raise
        await self._client.settle(service, where, kept)

    async def _gone(self, where: str, into: type[Wire]) -> None:
        held = await self._client.get(PARTNERS, where, into=into)
        if held is not None:
            await self._client.remove(PARTNERS, where, etag=held.etag)


def _partner(number: str) -> str:
    return keyed("A_BusinessPartner", BusinessPartner=text(number))
