"""Business partners: the service, and the rules by which a partner becomes a customer of a company."""

from __future__ import annotations

import re
from typing import Final

from system_apis.sap_s4hana.simulator.refusal import business
from system_apis.sap_s4hana.simulator.schema import EntitySet, Link, Service, links, properties
from system_apis.sap_s4hana.simulator.state import Row, Tenant
from system_apis.sap_s4hana.simulator.writing import Rules, Values

CUSTOMER_ROLES: Final = frozenset({"FLCU00", "FLCU01"})
_EXTERNAL: Final = re.compile(r"[A-Z][A-Z0-9]{0,9}")
_PARTNER: Final = (("BusinessPartner", "BusinessPartner"),)
_CUSTOMER: Final = (("Customer", "Customer"),)
_AREA: Final = tuple((name, name) for name in ("Customer", "SalesOrganization", "DistributionChannel", "Division"))
_AREA_KEYS: Final = "Customer text10 once, SalesOrganization text4 once, DistributionChannel text2 once, "

SERVICE: Final = Service(
    name="API_BUSINESS_PARTNER",
    path="/sap/opu/odata/sap/API_BUSINESS_PARTNER",
    version=2,
    sets={
        one.name: one
        for one in (
            EntitySet(
                "A_BusinessPartner",
                "BusinessPartner",
                ("BusinessPartner",),
                properties(
                    "BusinessPartner text10 once, BusinessPartnerCategory text1 once,"
                    "BusinessPartnerGrouping text4 once,"
                    "BusinessPartnerUUID guid ro, OrganizationBPName1 text40, OrganizationBPName2 text40,"
                    "OrganizationBPName3 text40, OrganizationBPName4 text40, SearchTerm1 text20,"
                    "BusinessPartnerIDByExtSystem text20, BusinessPartnerIsBlocked flag, Customer text10 ro,"
                    "LastChangeDate day ro, YY1_SluiceParent_bus text10"
                ),
                links(
                    Link("to_BuPaIdentification", "A_BuPaIdentification", _PARTNER),
                    Link("to_BusinessPartnerAddress", "A_BusinessPartnerAddress", _PARTNER),
                    Link("to_BusinessPartnerRole", "A_BusinessPartnerRole", _PARTNER),
                    Link("to_BusinessPartnerTax", "A_BusinessPartnerTaxNumber", _PARTNER),
                    Link("to_Customer", "A_Customer", (("BusinessPartner", "Customer"),), many=False),
                ),
            ),
            EntitySet(
                "A_BuPaIdentification",
                "Identification",
                ("BusinessPartner", "BPIdentificationType", "BPIdentificationNumber"),
                properties(
                    "BusinessPartner text10 once, BPIdentificationType text6 once, BPIdentificationNumber text60 once"
                ),
            ),
            EntitySet(
                "A_BusinessPartnerAddress",
                "Address",
                ("BusinessPartner", "AddressID"),
                properties(
                    "BusinessPartner text10 once, AddressID text10 ro, StreetName text60, HouseNumber text10,"
                    "CityName text40, PostalCode text10, Region text3, Country text3, TaxJurisdiction text15"
                ),
                links(
                    Link("to_EmailAddress", "A_AddressEmailAddress", (("AddressID", "AddressID"),)),
                ),
            ),
            EntitySet(
                "A_AddressEmailAddress",
                "Email",
                ("AddressID", "Person", "OrdinalNumber"),
                properties("AddressID text10 once, Person text10 once, OrdinalNumber text3 once, EmailAddress text241"),
                deletable=True,
            ),
            EntitySet(
                "A_BusinessPartnerRole",
                "Role",
                ("BusinessPartner", "BusinessPartnerRole"),
                properties("BusinessPartner text10 once, BusinessPartnerRole text6 once"),
            ),
            EntitySet(
                "A_BusinessPartnerTaxNumber",
                "TaxNumber",
                ("BusinessPartner", "BPTaxType"),
                properties(
                    "BusinessPartner text10 once, BPTaxType text4 once, BPTaxNumber text20, BPTaxLongNumber text60"
                ),
                deletable=True,
            ),
            EntitySet(
                "A_Customer",
                "Customer",
                ("Customer",),
                properties("Customer text10 ro, CustomerName text80 ro, OrderIsBlockedForCustomer text2"),
                links(
                    Link("to_CustomerCompany", "A_CustomerCompany", _CUSTOMER),
                    Link("to_CustomerSalesArea", "A_CustomerSalesArea", _CUSTOMER),
                ),
                creatable=False,
            ),
            EntitySet(
                "A_CustomerCompany",
                "CustomerCompany",
                ("Customer", "CompanyCode"),
                properties(
                    "Customer text10 once, CompanyCode text4 once, ReconciliationAccount text10, PaymentTerms text4"
                ),
            ),
            EntitySet(
                "A_CustomerSalesArea",
                "CustomerSalesArea",
                ("Customer", "SalesOrganization", "DistributionChannel", "Division"),
                properties(_AREA_KEYS + "Division text2 once, Currency text5, CustomerPaymentTerms text4"),
                links(Link("to_SalesAreaTax", "A_CustomerSalesAreaTax", _AREA)),
            ),
            EntitySet(
                "A_CustomerSalesAreaTax",
                "CustomerSalesAreaTax",
                (
                    "Customer",
                    "SalesOrganization",
                    "DistributionChannel",
                    "Division",
                    "DepartureCountry",
                    "CustomerTaxCategory",
                ),
                properties(
                    _AREA_KEYS + "Division text2 once, DepartureCountry text3 once, CustomerTaxCategory text4 once,"
                    "CustomerTaxClassification text1"
                ),
            ),
        )
    },
)


def _making_partner(tenant: Tenant, values: Values) -> None:
    if values["BusinessPartnerCategory"] != "2" or not values["OrganizationBPName1"]:
        raise business("R11/401", "Enter a category and the name of the organization", target="OrganizationBPName1")
    grouping = tenant.setup["groupings"].get(values["BusinessPartnerGrouping"])
    if grouping is None:
        raise business("R11/124", f"Grouping {values['BusinessPartnerGrouping']} is not defined")
    if grouping == "internal":
        values["BusinessPartner"] = str(tenant.number("partner", first=1_000_001))
    elif _EXTERNAL.fullmatch(values["BusinessPartner"]) is None:
        number = values["BusinessPartner"]
        raise business("R11/103", f"Number {number} is not in the external number range", target="BusinessPartner")
    if tenant.find("BusinessPartner", values["BusinessPartner"]) is not None:
        number = values["BusinessPartner"]
        raise business("R11/201", f"Business partner {number} already exists", target="BusinessPartner")
    _check_parent(tenant, values["YY1_SluiceParent_bus"])
    values |= {"BusinessPartnerUUID": tenant.guid(), "LastChangeDate": tenant.world.now().date()}


def _made_partner(tenant: Tenant, row: Row) -> None:
    roles = {role["BusinessPartnerRole"] for role in tenant.where("Role", BusinessPartner=row["BusinessPartner"])}
    if not roles >= CUSTOMER_ROLES:
        return
    customer = tenant.find("Customer", row["BusinessPartner"])
    if customer is None:
        raise business("CVI_MAPPING/045", "Customer data is missing for a partner in a customer role")
    tenant.change(customer, CustomerName=row["OrganizationBPName1"])
    tenant.change(row, Customer=row["BusinessPartner"])


def _changing_partner(tenant: Tenant, row: Row, values: Values) -> None:
    _check_parent(tenant, values.get("YY1_SluiceParent_bus", ""), beside=row["BusinessPartner"])
    values["LastChangeDate"] = tenant.world.now().date()


def _check_parent(tenant: Tenant, parent: str, *, beside: str = "") -> None:
    if parent and (parent == beside or tenant.find("BusinessPartner", parent) is None):
        raise business("R11/008", f"Business partner {parent} does not exist", target="YY1_SluiceParent_bus")


def _making_address(tenant: Tenant, values: Values) -> None:
    _partner_of(tenant, values)
    if not values["Country"]:
        raise business("AM/010", "Enter a country", target="Country")
    values["AddressID"] = str(tenant.number("address", first=20_001))


def _making_email(tenant: Tenant, values: Values) -> None:
    values["OrdinalNumber"] = values["OrdinalNumber"] or str(
        len(tenant.where("Email", AddressID=values["AddressID"])) + 1
    )


def _making_customer(_tenant: Tenant, values: Values) -> None:
    values["CustomerName"] = values["CustomerName"] or values["Customer"]


def _making_company(tenant: Tenant, values: Values) -> None:
    company = tenant.find("CompanyCode", values["CompanyCode"])
    if company is None:
        raise business("F2/163", f"Company code {values['CompanyCode']} does not exist", target="CompanyCode")
    account = values["ReconciliationAccount"]
    if account not in tenant.setup["receivables"]:
        raise business("F2/105", f"Account {account} is no reconciliation account", target="ReconciliationAccount")


def _making_area(tenant: Tenant, values: Values) -> None:
    if values["SalesOrganization"] not in tenant.setup["sales_organizations"]:
        text = f"Sales area {values['SalesOrganization']} is not defined"
        raise business("VR/105", text, target="SalesOrganization")
    if values["Currency"] not in tenant.setup["currencies"]:
        raise business("SV/030", f"Currency {values['Currency']} is not defined", target="Currency")


def _partner_of(tenant: Tenant, values: Values) -> None:
    if tenant.find("BusinessPartner", values["BusinessPartner"]) is None:
        raise business("R11/008", f"Business partner {values['BusinessPartner']} does not exist")


RULES: Final = {
    "BusinessPartner": Rules(making=_making_partner, made=_made_partner, changing=_changing_partner),
    "Identification": Rules(making=_partner_of),
    "Address": Rules(making=_making_address),
    "Email": Rules(making=_making_email),
    "TaxNumber": Rules(making=_partner_of),
    "Customer": Rules(making=_making_customer),
    "CustomerCompany": Rules(making=_making_company),
    "CustomerSalesArea": Rules(making=_making_area),
}
