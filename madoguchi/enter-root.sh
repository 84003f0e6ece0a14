#!/bin/sh
# Runs a command unprivileged in a view of a system: its programs, libraries and /etc read-only, no name server, and
# beyond that only the directories that are named, at the very paths that they have outside.
#
#   unshare --mount --propagation private sh enter-root.sh STAGE ROOT UID:GID HOSTS [MODE:FROM:TO]... -- COMMAND...
#
# STAGE  an empty directory to build the view on; in this mount namespace only, so nothing is left of it at the end
# ROOT   the system: a Debian root, or / for this machine's own
# HOSTS  the file to show as /etc/hosts: names that are not in it would be asked of a name server, 5 s each
# MODE   ro or rw
# Needs root; the command keeps none of it.
set -eu
stage=$1 root=${2%/} user=$3 hosts=$4
shift 4

mount -t tmpfs -o mode=755,size=64m madoguchi "$stage"
for part in bin sbin lib lib64; do
  if [ -L "$root/$part" ]; then
    cp -a "$root/$part" "$stage/$part"
  elif [ -d "$root/$part" ]; then
    mkdir "$stage/$part"
    mount --bind "$root/$part" "$stage/$part"
    mount -o remount,bind,ro "$stage/$part"
  fi
done
# /usr piece by piece, so that a clone of this project below /usr/local or /usr/src can still be shown.
mkdir "$stage/usr" "$stage/etc"
for part in usr/bin usr/sbin usr/lib usr/lib64 usr/share usr/libexec etc; do
  [ -d "$root/$part" ] && [ ! -L "$root/$part" ] || continue
  mkdir -p "$stage/$part"
  mount --bind "$root/$part" "$stage/$part"
  mount -o remount,bind,ro "$stage/$part"
done
mount --bind "$hosts" "$stage/etc/hosts"
mkdir "$stage/dev" "$stage/proc" "$stage/run" "$stage/tmp" "$stage/var" "$stage/var/tmp"
chmod 1777 "$stage/tmp" "$stage/var/tmp"
ln -s /run "$stage/var/run"
# An empty file of our own rather than the system's: on a real machine it may be a link to outside the view.
: >"$stage/run/resolv.conf"
resolv=$(readlink -m "$root/etc/resolv.conf")
case $resolv in
  "$root"/etc/*) mount --bind "$stage/run/resolv.conf" "$stage/etc/resolv.conf" ;;
esac
for device in null zero full random urandom; do
  : >"$stage/dev/$device"
  mount --bind "/dev/$device" "$stage/dev/$device"
done
mount --rbind /proc "$stage/proc"

while [ "$1" != -- ]; do
  mode=${1%%:*} rest=${1#*:}
  from=${rest%%:*} to=$stage${rest#*:}
  mkdir -p "$to"
  mount --bind "$from" "$to"
  if [ "$mode" = ro ]; then mount -o remount,bind,ro "$to"; fi
  shift
done
shift
exec chroot --userspec="$user" "$stage" "$@"
