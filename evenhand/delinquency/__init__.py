"""Days past due of a revolving card, buckets, roll, cure, risk class."""
