"""Bank statements as banks send them, read into the same entries: ISO 20022 camt, MT940 and CSV."""
