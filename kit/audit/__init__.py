"""The audit chain: what happened, so kept that nobody changes it unseen; proven by whoever holds an export alone.

An entry holds the hash of the one before it; texts that may have to go (who, what was said) stand in it only as
salted commitments, so that taking a text away leaves the chain as it was. Signed checkpoints say where the chain stood.
"""
