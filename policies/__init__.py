"""The rules of the door. One file is one policy."""
