"""The two files exchanged with a bank's own dialler: call lists out, results and call records in."""
