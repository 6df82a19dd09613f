"""Tools that know no business: ports, tiers, settings, vendor HTTP, durable runs, stores, the command line."""
