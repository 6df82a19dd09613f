"""An org of the Salesforce platform for adapters: login, questions read to their end, writes, what a refusal means.

It shares nothing with `kit.sandbox.force`, which is the other end of the wire.
"""

from kit.force.client import OrgClient, records
from kit.force.config import OrgConfig
from kit.force.login import Login
from kit.force.problems import problem_from
from kit.force.writer import Writer

__all__ = ["Login", "OrgClient", "OrgConfig", "Writer", "problem_from", "records"]
