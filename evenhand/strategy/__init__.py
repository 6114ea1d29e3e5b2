"""What next? Facts in, next treatment out. Pure."""
