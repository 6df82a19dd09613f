"""The words of the house: what each tier promises, needing nobody's machinery to be read."""
