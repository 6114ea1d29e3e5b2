"""A DMN document kept whole while its tables are edited, compared and taken to other modellers. Pure."""
