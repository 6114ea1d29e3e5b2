"""The bank's feeds: intake, quarantine, people, accounts, the book."""
