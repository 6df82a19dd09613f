"""The demonstration: a won deal becomes a staffed, billable project, through every tier and the gateway."""
