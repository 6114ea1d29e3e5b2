"""Text messages by Kannel's HTTP interface, its receipts and replies, and a gateway that plays it on this machine."""
