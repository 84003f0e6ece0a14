#!/bin/sh
# Waits for the configuration that the service madoguchi renders, then becomes Asterisk.
set -eu
etc=/var/lib/madoguchi/asterisk/etc
told=
until [ -e "$etc/rendered" ] && [ -r "$etc/asterisk.conf" ]; do
  [ -n "$told" ] || echo "waiting for the service madoguchi to write $etc"
  told=1
  sleep 0.2
done
rm -f /var/lib/madoguchi/asterisk/run/asterisk.ctl /var/lib/madoguchi/asterisk/run/asterisk.pid
exec /usr/sbin/asterisk -f -C "$etc/asterisk.conf"
