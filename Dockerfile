# Ouvertures in a container: see docs/operations.md.
#
# Why 3.11-slim-bookworm: the locks and the tests use Python 3.11. Debian 12 has SQLite 3.40, the
# oldest version tested, built to overwrite deleted data. With glibc, all dependencies have wheels.

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir --no-deps --require-hashes \
        --only-binary :all: --requirement requirements.lock

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OUVERTURES_DATABASE_URL=sqlite:////data/ouvertures.db \
    OUVERTURES_LOG_FORMAT=json
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/ouvertures
COPY LICENSE alembic.ini ./
COPY seed ./seed
COPY migrations ./migrations
COPY app ./app
# Compiled here, because the account that runs it can write only to /data.
RUN python -m compileall -q --invalidation-mode unchecked-hash app migrations \
    && install -d -o 10001 -g 10001 /data
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import httpx; httpx.get('http://127.0.0.1:8000/health/ready', timeout=4, trust_env=False).raise_for_status()"]
ENTRYPOINT ["python", "-m", "app"]
CMD ["serve", "--migrate", "--host", "0.0.0.0", "--port", "8000"]
