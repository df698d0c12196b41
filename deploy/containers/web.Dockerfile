# The web application, from the top of the repository:
#
#   docker build --platform linux/amd64 --file deploy/containers/web.Dockerfile --tag darkroom-web .
#
# Nothing here needs BuildKit, which the registry's own builder does not have.
FROM rust:1.95-bookworm AS build

# Debian's newest fixes are wanted, and its archive keeps no older versions.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends cmake nasm libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN cargo build --release --locked --package upload-web --features kafka \
    && install -m 0755 target/release/upload-web /upload-web

FROM debian:bookworm-slim

# Certificates for TLS to Azure; OpenSSL and zlib for TLS and compression to Kafka.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build --chown=root:root /upload-web /usr/local/bin/upload-web

# The program writes no files and needs no rights.
USER 10001:10001
EXPOSE 8080
CMD ["upload-web"]
