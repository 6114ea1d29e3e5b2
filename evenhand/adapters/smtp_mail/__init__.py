"""E-mail: handed to the bank's mail server by SMTP, and what comes back read over IMAP."""
