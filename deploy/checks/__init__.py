"""Checks of the deployment files that need no Azure subscription: `python -m checks` in deploy/."""
