# The web application, from the top of the repository:
#
#   docker build --file deploy/web.Dockerfile --tag darkroom-web .
FROM rust:1.95-bookworm AS build

RUN apt-get update \
    && apt-get install --yes --no-install-recommends cmake nasm libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --package upload-web --features kafka \
    && cp target/release/upload-web /upload-web

FROM debian:bookworm-slim

# Certificates for TLS to Azure; OpenSSL and zlib for TLS and compression to Kafka.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build --chown=root:root --chmod=0755 /upload-web /usr/local/bin/upload-web

# It writes no files, and needs no rights.
USER 10001:10001
EXPOSE 8080
CMD ["upload-web"]
