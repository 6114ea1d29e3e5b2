"""Money on its way in: begun at a gateway, told by a bank statement, waiting to be placed."""
