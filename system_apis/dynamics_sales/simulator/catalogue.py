"""The tables of the environment: those of the Sales app, and the firm's own, which begin with `sluice_`.

The names of the firm's own lookups are case-sensitive schema names (`sluice_BillTo@odata.bind`), their columns are not.
"""

from typing import Final

from .schema import Column, Table, choice, day, flag, lookup, memo, money, number, table, text, whole

_ADDRESS: Final = (
    *(text(f"address1_line{line}", 250) for line in (1, 2, 3)),
    text("address1_city", 80),
    text("address1_stateorprovince", 50),
    text("address1_postalcode", 20),
    text("address1_country", 80),
)
_OPPORTUNITY_STATES: Final = {0: "Open", 1: "Won", 2: "Lost"}
OPPORTUNITY_REASONS: Final = {
    0: {1: "In Progress", 2: "On Hold"},
    1: {3: "Won"},
    2: {4: "Canceled", 5: "Out-Sold"},
}
_QUOTE_STATES: Final = {0: "Draft", 1: "Active", 2: "Won", 3: "Closed"}
_QUOTE_REASONS: Final = {
    1: "In Progress",
    2: "In Progress",
    3: "Open",
    4: "Won",
    5: "Lost",
    6: "Canceled",
    7: "Revised",
}
_DELIVERY: Final = (
    choice("sluice_deliverystatus", "Provisioning", "Waiting", "Ready", "Cancelled"),
    text("sluice_deliverynote", 255),
    text("sluice_caseid", 255),
    text("sluice_erpcustomerid", 100),
    text("sluice_erpprojectid", 100),
    text("sluice_psaprojectid", 100),
)
_BILLING: Final = (
    choice("sluice_billingstatus", "Unbilled", "Invoiced", "Partly Paid", "Paid"),
    number("sluice_invoicedamount", 4),
    number("sluice_openamount", 4),
    text("sluice_bookscurrency", 3),
    text("sluice_lastdocument", 80),
    day("sluice_booksasof"),
)
_PRICED: Final = (
    lookup("productid", "product"),
    memo("productdescription"),
    flag("isproductoverridden"),
    number("quantity", 5),
    lookup("uomid", "uom"),
    money("priceperunit"),
    flag("ispriceoverridden"),
    money("baseamount", locked=True),
    money("manualdiscountamount"),
    money("volumediscountamount", locked=True),
    money("tax"),
    money("extendedamount", locked=True),
    whole("lineitemnumber"),
)
_TOTALS: Final = (
    money("totallineitemamount", locked=True),
    money("discountamount"),
    money("freightamount"),
    money("totaltax", locked=True),
    money("totalamount", locked=True),
)
_OWN: Final = (
    table(
        "sluice_milestone",
        "sluice_milestones",
        10201,
        (
            text("sluice_name", 80),
            lookup("sluice_Opportunity", "opportunity", needed=True),
            lookup("sluice_Line", "opportunityproduct"),
            number("sluice_percent"),
            day("sluice_dueon"),
        ),
        title="sluice_name",
    ),
    table(
        "sluice_rateentry",
        "sluice_rateentries",
        10202,
        (
            text("sluice_role", 80),
            lookup("sluice_Opportunity", "opportunity", needed=True),
            text("sluice_country", 2),
            money("sluice_hourlyrate"),
            day("sluice_effectivefrom"),
        ),
        title="sluice_role",
    ),
    table(
        "sluice_staffingneed",
        "sluice_staffingneeds",
        10203,
        (
            text("sluice_role", 80),
            lookup("sluice_Opportunity", "opportunity", needed=True),
            lookup("sluice_Line", "opportunityproduct"),
            text("sluice_country", 2),
            number("sluice_hours"),
            day("sluice_startson"),
            day("sluice_endson"),
        ),
        title="sluice_role",
    ),
)
_PEOPLE: Final = (
    table(
        "account",
        "accounts",
        1,
        (
            text("name", 160),
            text("accountnumber", 20),
            lookup("parentaccountid", "account"),
            lookup("primarycontactid", "contact"),
            text("telephone1", 50),
            text("emailaddress1"),
            text("websiteurl", 200),
            *_ADDRESS,
            money("creditlimit"),
            choice("industrycode", "Accounting", "Agriculture and Non-petrol Natural Resource Extraction", first=1),
            text("sluice_countrycode", 2),
            text("sluice_taxcode", 40),
            text("sluice_vatnumber", 40),
            text("sluice_billingemail"),
        ),
    ),
    table(
        "contact",
        "contacts",
        2,
        (
            text("firstname", 50),
            text("lastname", 50),
            text("fullname", 160, locked=True),
            text("emailaddress1"),
            lookup("parentcustomerid", "account", "contact"),
            text("jobtitle"),
            money("creditlimit"),
        ),
        title="fullname",
    ),
    table("systemuser", "systemusers", 8, (text("fullname", 200), text("internalemailaddress")), title="fullname"),
)
_DEALS: Final = (
    table(
        "opportunity",
        "opportunities",
        3,
        (
            text("name", 300),
            lookup("customerid", "account", "contact"),
            lookup("parentaccountid", "account"),
            lookup("parentcontactid", "contact"),
            money("estimatedvalue"),
            day("estimatedclosedate"),
            money("actualvalue", locked=True),
            day("actualclosedate", locked=True),
            whole("closeprobability"),
            text("stepname", 200),
            choice("salesstage", "Qualify", "Develop", "Propose", "Close", first=0),
            lookup("pricelevelid", "pricelevel"),
            flag("isrevenuesystemcalculated"),
            *_TOTALS,
            memo("description"),
            text("sluice_legalentity", 40),
            text("sluice_serviceline", 40),
            text("sluice_deliveryowner"),
            text("sluice_statementofwork", 80),
            text("sluice_statementofworkhash", 64),
            day("sluice_signedon"),
            text("sluice_paymentterms", 40),
            memo("sluice_specialterms"),
            lookup("sluice_BillTo", "account"),
            choice("sluice_dealkind", "New", "Extension", "Renewal"),
            lookup("sluice_Extends", "opportunity"),
            text("sluice_ratecard", 80),
            *_DELIVERY,
            *_BILLING,
        ),
        states=_OPPORTUNITY_STATES,
        reasons={value: label for reasons in OPPORTUNITY_REASONS.values() for value, label in reasons.items()},
    ),
    table(
        "opportunityproduct",
        "opportunityproducts",
        1083,
        (
            text("opportunityproductname", 500, locked=True),
            lookup("opportunityid", "opportunity", needed=True, fixed=True),
            *_PRICED,
            day("sluice_startson"),
            day("sluice_endson"),
            choice("sluice_billingmethod", "Time and Materials", "Fixed Fee", "Milestone", "Retainer", "Subscription"),
            text("sluice_phase", 80),
            text("sluice_country", 2),
            text("sluice_legalentity", 40),
            text("sluice_taxcode", 40),
            number("sluice_billingamount", 4),
            lookup("sluice_BillingCurrency", "transactioncurrency"),
            number("sluice_capamount", 4),
            choice("sluice_capbehaviour", "Reject", "Trim", "Warn", "Hard"),
            choice("sluice_billingfrequency", "Monthly", "Quarterly", "Yearly"),
            choice("sluice_billingtiming", "Advance", "Arrears"),
        ),
        title="opportunityproductname",
    ),
    table(
        "quote",
        "quotes",
        1084,
        (
            text("quotenumber"),
            whole("revisionnumber", locked=True),
            text("name", 300),
            lookup("opportunityid", "opportunity"),
            lookup("customerid", "account", "contact"),
            lookup("pricelevelid", "pricelevel"),
            day("effectivefrom"),
            day("effectiveto"),
            *_TOTALS,
        ),
        states=_QUOTE_STATES,
        reasons=_QUOTE_REASONS,
    ),
    table(
        "quotedetail",
        "quotedetails",
        1085,
        (
            text("quotedetailname", 500, locked=True),
            lookup("quoteid", "quote", needed=True, fixed=True),
            *_PRICED,
            text("productname", 500, locked=True),
        ),
        title="quotedetailname",
    ),
)
_CURRENCY_COLUMNS: Final = (
    text("isocurrencycode", 5),
    text("currencyname"),
    text("currencysymbol", 13),
    whole("currencyprecision"),
    number("exchangerate", 10),
)
_PRICES: Final = (
    table(
        "transactioncurrency",
        "transactioncurrencies",
        9105,
        _CURRENCY_COLUMNS,
        title="currencyname",
        tracked=False,
    ),
    table("pricelevel", "pricelevels", 1022, (text("name"), lookup("transactioncurrencyid", "transactioncurrency"))),
    table("uom", "uoms", 1055, (text("name"), Column(name="quantity", type="decimal", scale=5))),
    table("product", "products", 1024, (text("name"), text("productnumber"), money("price"))),
)

TABLES: Final[dict[str, Table]] = {kind.name: kind for kind in (*_PEOPLE, *_DEALS, *_PRICES, *_OWN)}
SETS: Final[dict[str, Table]] = {kind.plural: kind for kind in TABLES.values()}
