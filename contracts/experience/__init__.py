"""What each audience is offered."""
