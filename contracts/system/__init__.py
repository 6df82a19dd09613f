"""What any CRM, ERP, PSA or HR system can do: roles, not vendors."""
