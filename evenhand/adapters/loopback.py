"""A demo speaks to nobody outside this machine, and servers on it have certificates that name nobody."""

import ssl
from ipaddress import ip_address


def on_this_machine(host: str) -> bool:
    """Whether a host is this machine itself; a name is not looked up."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def tls_for(host: str) -> ssl.SSLContext:
    """TLS towards a host: its certificate is checked unless it is this machine."""
    context = ssl.create_default_context()
    if on_this_machine(host):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
