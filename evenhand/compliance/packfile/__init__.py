"""Pack files: read key by key, checked, compared and said in words."""
