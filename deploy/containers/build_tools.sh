#!/bin/sh
# Installs the compilers for the packages on a system whose glibc is old enough for Azure Functions: AlmaLinux 8, the base
# of deploy/containers/package.Dockerfile, or Debian 11. Run it as root.
set -eu

if command -v dnf >/dev/null; then
    dnf --assumeyes --quiet install dnf-plugins-core
    # nasm is in a repository that is off by default.
    dnf config-manager --set-enabled powertools
    dnf --assumeyes --quiet install cmake gcc gcc-c++ make nasm openssl-devel pkgconf-pkg-config
    dnf clean all
elif command -v apt-get >/dev/null; then
    apt-get update --quiet
    apt-get install --yes --quiet --no-install-recommends \
        ca-certificates cmake g++ gcc libc6-dev libssl-dev make nasm pkg-config
    rm -rf /var/lib/apt/lists/*
else
    echo "error: neither dnf nor apt-get is here; use AlmaLinux 8 or Debian 11" >&2
    exit 1
fi
