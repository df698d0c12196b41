"""Checks of the deployment files by the tools that people deploy with: `./dev check deploy`.

They need no subscription. The tools are large, which is why these checks are no part of `./dev test`.
"""
