"""The rules of the ledger of actuals: each act says which lines it appends, and changes none.

Pure: no I/O, no clock, no chance. Lines go in and new lines come out; who keeps them appends them in one transaction.
"""
