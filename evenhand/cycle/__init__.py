"""The night and the day: intake, age, decide, publish."""
