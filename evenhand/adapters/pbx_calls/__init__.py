"""Calls at a click by a bank's PBX: one signed request, what the PBX tells of each call, and a PBX for this machine."""
