"""Checks of the deployment files with the tools that people use to deploy them: `./dev check deploy`.

They need no subscription. The tools are large, so these checks are not part of `./dev test`.
"""
