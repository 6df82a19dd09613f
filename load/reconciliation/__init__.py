"""A firm whose CRM, PSA, ERP and ledger agree to the cent, and what finding the breaks planted in it takes."""
