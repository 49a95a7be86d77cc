"""See how Python processes talk to each other, live and truthfully."""

__version__ = "0.1.0"
