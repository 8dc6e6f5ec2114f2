# Not built in our CI, which has no container engine; tests hold what can be held without one. Binds to 0.0.0.0, so it needs a
# control token and says so when there is none:
#   docker build -t mockmarket .
#   docker run --rm -p 127.0.0.1:8000:8000 -e MOCKMARKET_CONTROL_TOKEN=… mockmarket
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY fixtures fixtures
COPY docs docs
COPY examples examples
COPY mockmarket mockmarket
COPY mockmarket_client mockmarket_client
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
 && python -m venv /opt/mockmarket \
 && /opt/mockmarket/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock \
 && /opt/mockmarket/bin/pip install --no-cache-dir --no-deps /wheels/mockmarket-*.whl \
 && /opt/mockmarket/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim
COPY --from=build /opt/mockmarket /opt/mockmarket
RUN mkdir /data && chown 10001:10001 /data
ENV PATH=/opt/mockmarket/bin:$PATH PYTHONUNBUFFERED=1 MOCKMARKET_HOST=0.0.0.0 MOCKMARKET_PORT=8000
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(web.Request(f'http://127.0.0.1:{os.environ[\"MOCKMARKET_PORT\"] if os.environ[\"MOCKMARKET_PORT\"].isdigit() else 8000}/_mockmarket/health', headers={'X-Mockmarket-Token': os.environ.get('MOCKMARKET_CONTROL_TOKEN', '')}), timeout=2)"]
ENTRYPOINT ["mockmarket"]
CMD ["serve"]
