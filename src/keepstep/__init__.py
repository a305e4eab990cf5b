"""Keepstep keeps Active Directory and Infobip in step, both ways, and any other REST application by configuration."""

__version__ = "0.1.0"
