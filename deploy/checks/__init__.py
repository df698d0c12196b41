"""The checks of the deployment files. They need no Azure subscription. Run them with `python -m checks` in deploy/."""
