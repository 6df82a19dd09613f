"""What a vendor's room costs: reads a second and processor a call, beside clients that others wrote."""
