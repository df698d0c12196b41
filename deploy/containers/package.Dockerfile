# Builds the packages on any machine that runs containers: Linux, macOS and Windows, Intel or Arm. The first line puts the
# package of the function app, functionapp/ and functionapp.zip, into target/, and the second line the package of the web
# application, webapp.zip:
#
#   docker build --platform linux/amd64 --file deploy/containers/package.Dockerfile --output target .
#   docker build --platform linux/amd64 --file deploy/containers/package.Dockerfile --build-arg OPTIONS=--web --output target .
#
# `./dev package --container` runs these commands. The result needs glibc 2.28, so it starts wherever the Functions host
# runs. On Arm the platform is emulated. That takes longer than a cross compiler, but it needs no second tool chain.
FROM rust:1.95-bookworm AS rust

FROM almalinux:8 AS build
COPY deploy/containers/build_tools.sh /usr/local/bin/
RUN build_tools.sh
# The tool chain of the official image runs on any glibc from 2.17.
COPY --from=rust /usr/local/cargo /usr/local/cargo
COPY --from=rust /usr/local/rustup /usr/local/rustup
ENV CARGO_HOME=/usr/local/cargo \
    RUSTUP_HOME=/usr/local/rustup \
    PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /source
COPY . .
# The options of `./dev package`.
ARG OPTIONS="--blob-source eventgrid"
# The options are a list. Packages that an earlier build has left in the cache are removed first.
# hadolint ignore=SC2086
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/cargo-target \
    rm -rf /cargo-target/functionapp /cargo-target/*.zip \
    && CARGO_TARGET_DIR=/cargo-target ./dev package $OPTIONS \
    && mkdir /package \
    && for made in /cargo-target/functionapp /cargo-target/*.zip; do \
        if [ -e "$made" ]; then cp -r "$made" /package/ || exit 1; fi; \
    done

FROM scratch
COPY --from=build /package /
