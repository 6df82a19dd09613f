"""The environments of clients written by others are made from their locks, apart from ours."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

CLIENTS = {
    "salesforce": "from simple_salesforce import format_soql; from aiosalesforce import Salesforce",
    "hubspot": "from hubspot import HubSpot",
    "netsuite": "from netsuite import Config, NetSuiteRestApi, TokenAuth",
    "jira": "from jira import JIRA; from atlassian.jira import JiraCloud",
    "sharepoint": "from msgraph import GraphServiceClient",
    "sap_s4hana": "import pyodata; from odata import ODataService",
    "dynamics_finance": "from odata import ODataService",
    "dynamics_sales": "from PowerPlatform.Dataverse.client import DataverseClient",
    "workday": "from workday_tools_nosrednakram.RaaSRest import RaaSRest",
    "webhooks": "from standardwebhooks import Webhook",
    "docusign": "from docusign_esign import ApiClient, EnvelopesApi",
    "avalara": "from avalara import AvataxClient",
}


@pytest.mark.real_client
@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_lives_in_an_environment_of_its_own(name: str, client_python: Callable[[str], Path]) -> None:
    """The client can be imported there, with nothing of ours beside it."""
    python = client_python(name)

    ran = subprocess.run([python, "-I", "-c", CLIENTS[name]], check=False, capture_output=True, text=True)
    ours = subprocess.run([python, "-I", "-c", "import kit"], check=False, capture_output=True, text=True)

    assert 0 == ran.returncode, ran.stderr
    assert "No module named 'kit'" in ours.stderr


@pytest.mark.real_client
def test_an_environment_is_made_once(client_python: Callable[[str], Path]) -> None:
    """Who asks again gets what is there."""
    made = client_python("salesforce").parents[1].stat().st_ino

    assert made == client_python("salesforce").parents[1].stat().st_ino
