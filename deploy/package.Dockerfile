# The function app's package, on any machine that runs containers: Linux, macOS and Windows, Intel or Arm. It puts
# functionapp/ and functionapp.zip into target/:
#
#   docker build --platform linux/amd64 --file deploy/package.Dockerfile --output target .
#
# `./dev package --container` types this line. What is built here needs glibc 2.28, so it starts wherever the Functions
# host runs. On Arm the platform is emulated: that takes longer than a cross compiler, but it runs the very steps that
# Intel runs, and there is no second tool chain to keep right.
FROM rust:1.95-bookworm AS rust

FROM almalinux:8 AS build
COPY deploy/build_tools.sh /usr/local/bin/
RUN build_tools.sh
# The tool chain of the official image runs on any glibc from 2.17.
COPY --from=rust /usr/local/cargo /usr/local/cargo
COPY --from=rust /usr/local/rustup /usr/local/rustup
ENV CARGO_HOME=/usr/local/cargo \
    RUSTUP_HOME=/usr/local/rustup \
    PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /source
COPY . .
# How the blob trigger learns of blobs, as `./dev package --help` explains.
ARG BLOB_SOURCE=eventgrid
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/cargo-target \
    CARGO_TARGET_DIR=/cargo-target ./dev package --blob-source "$BLOB_SOURCE" \
    && mkdir /package \
    && cp -r /cargo-target/functionapp /cargo-target/functionapp.zip /package/

FROM scratch
COPY --from=build /package /
