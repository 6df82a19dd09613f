"""Reads a project with simple-salesforce: itself, its stages and its milestones, by our key."""

from repeated import asked, repeated
from simple_salesforce import Salesforce, format_soql

QUESTIONS = (
    "SELECT Id, Name, Sluice_Id__c, pse__Start_Date__c, pse__End_Date__c, pse__Is_Active__c, pse__Stage__c,"
    " pse__Billing_Type__c, CurrencyIsoCode FROM pse__Proj__c WHERE Sluice_Id__c = {key}",
    "SELECT Id, Name, Sluice_Id__c, pse__Start_Date__c, pse__End_Date__c, Sluice_Order__c, Sluice_Budget__c"
    " FROM pse__Project_Phase__c WHERE Sluice_Id__c LIKE {below} ORDER BY Id",
    "SELECT Id, Name, Sluice_Id__c, pse__Target_Date__c, pse__Milestone_Amount__c, Sluice_Order__c"
    " FROM pse__Milestone__c WHERE Sluice_Id__c LIKE {below} ORDER BY Id",
)

given = asked()
session = given["person"]["headers"]["Authorization"].removeprefix("Bearer ")
org = Salesforce(session_id=session, instance_url=given["safe_url"], version="66.0")


def project() -> int:
    """The project, then stages and milestones below its key; how many rows came."""
    bound = {"key": given["key"], "below": f"{given['key']}/%"}
    return sum(len(org.query_all(format_soql(question, **bound))["records"]) for question in QUESTIONS)


repeated(project, rows=2, seconds=given["seconds"])
