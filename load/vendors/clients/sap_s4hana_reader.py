"""Reads a customer by the number drawn from our key with pyodata: the business partner."""

import warnings

import pyodata
import requests
from pyodata.v2.model import Config, PolicyWarning
from repeated import asked, repeated

warnings.simplefilter("ignore")
given = asked()
user = given["config"]["inbound"]
session = requests.Session()
session.auth = (user["user"], user["password"])
root = f"{given['url']}/sap/opu/odata/sap/API_BUSINESS_PARTNER"
client = pyodata.Client(root, session, config=Config(default_error_policy=PolicyWarning()))


def customer() -> int:
    """The partner; one row."""
    found = client.entity_sets.A_BusinessPartner.get_entity(given["vendor_id"]).execute()
    return int(found.BusinessPartner == given["vendor_id"])


repeated(customer, rows=1, seconds=given["seconds"])
