"""Four eyes: who asked for what, and who else allowed or refused it. Records only; the owner's action applies."""
