# Build: an environment from the lock, with hashes.
FROM python:3.11-slim AS build
WORKDIR /srv/openlot
RUN python -m venv /srv/venv
COPY requirements.lock ./
RUN /srv/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY app app
RUN /srv/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable .

# Run: no compiler, no root. Migrations are a command of their own:
#   docker run --rm -e OWNER_DATABASE_URL=… -e DATABASE_URL=… IMAGE openlot migrate
FROM python:3.11-slim
RUN useradd --uid 10001 --create-home openlot
WORKDIR /srv/openlot
COPY --from=build /srv/venv /srv/venv
COPY --from=build /srv/openlot /srv/openlot
COPY migrations migrations
ENV PATH=/srv/venv/bin:$PATH PYTHONUNBUFFERED=1 OPENLOT_HOME=/home/openlot/state
USER openlot
VOLUME /home/openlot
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", \
  "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/v1/health', timeout=2)"]
CMD ["openlot", "serve", "--host", "0.0.0.0", "--port", "8000"]
