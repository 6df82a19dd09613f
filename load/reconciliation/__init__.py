"""A firm whose CRM, PSA, ERP and ledger agree to the cent, breaks planted in it by class, and what finding them takes."""
