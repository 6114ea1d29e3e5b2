"""The words of both languages for what packs, facts and verdicts are written in."""
