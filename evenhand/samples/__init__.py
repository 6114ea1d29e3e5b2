"""Books to try it on: the UCI set as feeds, a generator with planted behaviour."""
