"""An invented firm of 2,500 people, drawn from a seed: the same seed is the same firm, on any machine.

Three regions, five legal entities, five currencies, 400 customers, 1,000 engagements, 27,000 time entries a week.
Left out: caps, markups, daily limits, expenses, and rates of exchange.
"""

from load.firm.firm import Firm
from load.firm.weeks import ENTRIES_A_WEEK, FAULTS, WEEKS, Entry, Fault

__all__ = ["ENTRIES_A_WEEK", "FAULTS", "WEEKS", "Entry", "Fault", "Firm"]
