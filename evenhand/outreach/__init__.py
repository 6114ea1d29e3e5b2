"""The gate: no contact without a permit. Permits and refusals, the contact queue, and what the line says of each."""
