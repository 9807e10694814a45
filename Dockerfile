# The natal-chart service in an image: built in one stage, run without root in another.
#
#     docker build -t natal-chart .
#     docker run --rm -p 127.0.0.1:3000:3000 -v natal-data:/data natal-chart
#
# Without DATABASE_URL the ephemeris lies in a SQLite file in /data, which a volume keeps. docker-compose.yml has everything around it.

FROM rust:1.95.0-trixie AS build
WORKDIR /source
# The compiler of the image, and not another one that rust-toolchain.toml would have rustup download with clippy and rustfmt.
ENV RUSTUP_TOOLCHAIN=1.95.0
COPY . .
# The caches stay on the builder and keep a second build short; the program is copied out because they are not part of the stage.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked -p app \
    && install -s -D target/release/app /out/app

# Debian's, of the release that the first stage has, since the program is linked with its C library. SQLite, PostgreSQL's protocol, TLS and
# the root certificates are all in the program. The shell is what the health check runs in.
FROM debian:13.6-slim
RUN groupadd --system --gid 10001 app \
    && useradd --system --uid 10001 --gid app --home-dir /data --no-create-home --shell /usr/sbin/nologin app \
    && install -d -o app -g app /data
COPY --from=build /out/app /usr/local/bin/app
COPY LICENSE-APACHE LICENSE-MIT THIRD-PARTY-NOTICES.md /usr/share/doc/app/

ENV BIND_ADDR=0.0.0.0:3000 \
    DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 3000

# Ready is: the database answers. Redis may be away. The shell's own TCP is enough to ask, so the image needs no HTTP client.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/3000 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]

# SIGTERM, which Docker sends, ends the service gracefully; it takes ten seconds at most.
ENTRYPOINT ["/usr/local/bin/app"]
