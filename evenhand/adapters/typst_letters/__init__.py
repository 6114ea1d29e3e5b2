"""Letters: set by typst as PDF/A-2a and PDF/UA-1, gathered into runs, and what the post says of them."""
