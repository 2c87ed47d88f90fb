# One image, four commands: api (the default), worker, migrate, verify.
FROM python:3.13-slim AS places
COPY requirements/places.txt /tmp/places.txt
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --only-binary :all: --require-hashes --target /places -r /tmp/places.txt

FROM node:22-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci
COPY --from=places /places node_modules/.places
COPY openapi/*.json /src/openapi/
COPY openapi/schemas/ /src/openapi/schemas/
COPY evidence/domain/data/custody_words.json /src/evidence/domain/data/
COPY web/ ./
RUN npm run build

FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONPATH=/app
WORKDIR /app

COPY requirements/service.txt /tmp/service.txt
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/service.txt && rm /tmp/service.txt

COPY api/ api/
COPY evidence/ evidence/
COPY migrations/ migrations/
COPY openapi/ openapi/
COPY workers/ workers/
COPY --from=web /src/web/dist web/dist
# Only the rules of the store's keys and buckets; the embedded servers and the demo stay outside.
COPY standalone/__init__.py standalone/object_store_policy.py standalone/

# More threads than relay slots, or slow uploads would keep every other request waiting.
RUN printf '#!/bin/sh\nexec granian --interface wsgi --factory --host 0.0.0.0 --port 8000 --workers "${API_WORKERS:-1}" --blocking-threads "${API_THREADS:-32}" --no-ws api.wsgi:make\n' > /usr/local/bin/api \
 && printf '#!/bin/sh\nexec python -m workers\n' > /usr/local/bin/worker \
 && printf '#!/bin/sh\nexec python -m migrations\n' > /usr/local/bin/migrate \
 && printf '#!/bin/sh\nexec python -m evidence.commands.verify "$@"\n' > /usr/local/bin/verify \
 && chmod 755 /usr/local/bin/api /usr/local/bin/worker /usr/local/bin/migrate /usr/local/bin/verify \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin casquillo \
 && install -d -m 0700 -o casquillo /log-keys

USER 10001
EXPOSE 8000
CMD ["api"]
