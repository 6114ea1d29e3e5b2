"""Strategy versions, activations, trials and experiments: draft → checked → tried → approved → active."""
