# One image for every process of ours; compose.yaml says which one runs.
FROM python:3.12-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --create-home --home-dir /data orkesta
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 ORKESTA_HOME=/data ORKESTA_HOST=0.0.0.0 ORKESTA_LOG_FORMAT=json
USER orkesta
WORKDIR /data
VOLUME /data
EXPOSE 8000 8001
CMD ["orkesta", "api"]
