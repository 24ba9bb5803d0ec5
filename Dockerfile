FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app

# The packages before the code: a change of the code does not install them again.
COPY requirements-production.lock ./
RUN pip install --require-hashes --only-binary :all: -r requirements-production.lock

COPY . .
# One user for all processes; it may write to the volumes alone.
RUN python scripts/production_manage.py collectstatic --no-input \
    && useradd --system --no-create-home --home-dir /nonexistent yuezhen \
    && install --directory --owner yuezhen /app/media /var/lib/yuezhen
USER yuezhen

EXPOSE 8000
