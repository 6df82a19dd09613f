"""The systems a firm already has. A folder is a vendor."""
