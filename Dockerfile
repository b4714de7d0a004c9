# The image of every FastTrack Desk process: web, worker, beat and setup differ only by their command.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --system --uid 10001 --create-home desk
WORKDIR /app

# The lock alone first, so that a change of our code does not install everything again.
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock

COPY . .
# Production mode, because the names of hashed files must be written down; nothing here is kept but the
# files, so the key and the addresses are throw-away.
RUN PRODUCTION=1 SECRET_KEY=signs-nothing-and-is-only-for-collectstatic ALLOWED_HOSTS=localhost \
    EMAIL_URL=dummymail:// DATABASE_URL=postgres://localhost/none REDIS_URL=redis://localhost \
    python manage.py collectstatic --noinput \
    && chown -R desk: var

USER desk
VOLUME /app/var
EXPOSE 8000
CMD ["gunicorn", "fasttrack.wsgi", "--no-control-socket", "--bind", "0.0.0.0:8000", "--workers", "3"]
