"""Writes new rooms: what a contract asks for, and the files of a vendor that begins to answer it."""
