"""Reads a deal with simple-salesforce by the questions that a whole deal takes."""

from repeated import asked, repeated
from simple_salesforce import Salesforce, format_soql

QUESTIONS = (
    "SELECT Id, Name, IsWon, CloseDate, Amount, CurrencyIsoCode, Legal_Entity__c, Service_Line__c, Delivery_Owner__c,"
    " Statement_of_Work__c, Payment_Terms__c, Rate_Card_Name__c, Account.Id, Account.Name, Account.ParentId,"
    " Account.BillingStreet, Account.BillingCity, Account.BillingPostalCode, Account.BillingCountryCode,"
    " Account.CurrencyIsoCode, Account.Tax_Code__c, Account.VAT_Number__c, Account.Billing_Email__c"
    " FROM Opportunity WHERE Id = {key}",
    "SELECT Id, Name, Description, TotalPrice, ServiceDate, End_Date__c, Billing_Method__c, Phase__c,"
    " Delivery_Country__c, Legal_Entity__c, Tax_Code__c, Cap_Amount__c, Cap_Behaviour__c"
    " FROM OpportunityLineItem WHERE OpportunityId = {key} ORDER BY ServiceDate, Id",
    "SELECT Id, Name, Line__c, Percent__c, Due_Date__c FROM Deal_Milestone__c WHERE Opportunity__c = {key}",
    "SELECT Id, Role__c, Country__c, Hourly_Rate__c, Effective_From__c, CurrencyIsoCode"
    " FROM Rate_Entry__c WHERE Opportunity__c = {key}",
    "SELECT Id, Role__c, Line__c, Country__c, Hours__c, Starts_On__c, Ends_On__c"
    " FROM Staffing_Need__c WHERE Opportunity__c = {key}",
)

given = asked()
session = given["person"]["headers"]["Authorization"].removeprefix("Bearer ")
org = Salesforce(session_id=session, instance_url=given["safe_url"], version="66.0")


def deal() -> int:
    """The deal with its customer, then lines, milestones, rates and demand; how many rows came."""
    return sum(len(org.query_all(format_soql(question, key=given["key"]))["records"]) for question in QUESTIONS)


repeated(deal, rows=20, seconds=given["seconds"])
