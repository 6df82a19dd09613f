"""What a billing run costs: entries of the invented firm become posted invoices, beside others' arithmetic alone."""
