"""What a request costs in the gateway, beside others that do the same work; refuses to compare unequal answers."""
