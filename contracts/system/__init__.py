"""What any CRM, ERP or PSA can do: roles, not vendors."""
