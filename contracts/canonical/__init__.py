"""The nouns of the business, by subject. Ids are ours; a vendor's own id is an `external_id`."""
