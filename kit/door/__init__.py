"""What a door is made of: requests, policies and their chain, contracts compiled for checking, keys, counts."""
