"""Facts in the past tense, published as CloudEvents."""
