"""Drills: what happens when a vendor did what it was asked and nobody heard of it."""
