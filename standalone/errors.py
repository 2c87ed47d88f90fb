"""What stops a start on one machine."""


class StartRefused(Exception):
    """One or more plain sentences for the person at the terminal; the command prints them and ends."""
