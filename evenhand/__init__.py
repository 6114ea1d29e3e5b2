"""Evenhand (持平): collections for overdue credit cards."""
