"""OMG DMN decision tables: read, check, evaluate one, evaluate millions. Pure."""
