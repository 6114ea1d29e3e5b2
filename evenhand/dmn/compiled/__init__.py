"""A table for record batches: values to classes, classes to words of rules, words to answers."""
