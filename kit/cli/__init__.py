"""`sluice`, the one command of the house; nothing in the kit imports it."""
