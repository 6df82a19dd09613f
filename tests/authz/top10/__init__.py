"""The risks of the OWASP API Security Top 10 (2023), a module each; a package, so that its house is closed after it."""
