"""Worked cases: read, judged, and compared with what they require."""
