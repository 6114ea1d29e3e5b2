"""May we? Facts in, verdict out, by rules that policy packs hold as data. Pure: no database, no clock, no Django."""
