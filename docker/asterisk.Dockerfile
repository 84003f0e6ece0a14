# Asterisk 22 of Debian testing, unprivileged, with the configuration that the service madoguchi renders.
FROM debian:forky-slim

# The number is the one that the madoguchi image's user has: they share a volume.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      asterisk asterisk-modules asterisk-config tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && groupmod -g 61735 asterisk && usermod -u 61735 -g 61735 -G '' asterisk \
 && mkdir -p /var/lib/madoguchi/asterisk /var/lib/madoguchi/recordings /var/lib/madoguchi/announcements /var/lib/madoguchi/prompts \
 && chown -R 61735:61735 /var/lib/madoguchi

COPY prompts /app/prompts
COPY docker/asterisk-start.sh /usr/local/bin/asterisk-start

ENV TZ=Asia/Tokyo LANG=C.UTF-8
USER 61735:61735
VOLUME ["/var/lib/madoguchi/asterisk", "/var/lib/madoguchi/recordings"]
CMD ["sh", "/usr/local/bin/asterisk-start"]
