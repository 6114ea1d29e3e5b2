"""One line per act, chained in its stream, sealed every minute. Nothing here is ever changed or removed."""
