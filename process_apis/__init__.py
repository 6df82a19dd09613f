"""The roads through the firm. A folder is a process."""
