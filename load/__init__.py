"""Load and benchmarks; each fails loudly when the work it measured was not done."""
