"""The door: everything from outside passes here."""
