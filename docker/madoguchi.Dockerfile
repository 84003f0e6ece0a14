# The controller, the desk and the API. It has no Asterisk in it; see docker-compose.yml.
FROM debian:trixie-slim

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 python3-venv \
      libpango-1.0-0 libpangoft2-1.0-0 fonts-ipaexfont-gothic \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd -g 61735 madoguchi && useradd -u 61735 -g 61735 -d /var/lib/madoguchi madoguchi \
 && mkdir -p /var/lib/madoguchi/asterisk /var/lib/madoguchi/recordings /var/lib/madoguchi/announcements /var/lib/madoguchi/prompts \
 && chown -R 61735:61735 /var/lib/madoguchi && chmod 750 /var/lib/madoguchi

COPY requirements.lock requirements-voice.lock /app/
RUN python3 -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
      -r /app/requirements.lock -r /app/requirements-voice.lock

# What .dockerignore lets through: the packages, the templates, the voice.
COPY . /app
# Compiled here: the user that runs it may not, and would do it anew at every start.
RUN /opt/venv/bin/python -m compileall -q /app

ENV PATH=/opt/venv/bin:/usr/bin:/bin PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8 \
    MADOGUCHI_HOME=/var/lib/madoguchi
WORKDIR /app
USER 61735:61735
VOLUME ["/var/lib/madoguchi"]
EXPOSE 8080
CMD ["python", "-m", "madoguchi.container"]
