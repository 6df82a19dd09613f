"""The arithmetic of the trade: prices, documents, revenue and receivables computed from nouns alone.

Pure: no I/O, no clock, no chance. Every process reads the same rules here, because processes do not know each other.
"""
