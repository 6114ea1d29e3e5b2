"""Text messages by SMPP 3.4, straight to a message centre: parts, receipts and replies on one line kept open."""
