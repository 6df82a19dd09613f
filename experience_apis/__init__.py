"""What people and partners see. A folder is an audience."""
