"""Instructions to the bank's core as files, its answers, and a core that plays it on this machine."""
