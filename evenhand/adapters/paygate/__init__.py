"""The payment gateway: payments begun there, its signed notifications, and a sandbox that plays it on this machine."""
