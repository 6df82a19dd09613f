"""Who may ask what: every operation and every caller, and the risks of the OWASP API Security Top 10 (2023)."""
