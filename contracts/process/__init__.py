"""What one may ask of the processes."""
