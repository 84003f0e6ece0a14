# Sourced by bin/up, bin/test and bin/madoguchi: what must exist before any Python of ours can run.
# Installs Debian packages that are missing and keeps the virtual environment in step with the lock files.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${MADOGUCHI_VENV:-$root/.venv}
cache=${MADOGUCHI_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/madoguchi}
export MADOGUCHI_CACHE=$cache
notes=${notes:-1} # the descriptor that notes of progress go to

say() { printf '%s\n' "$*" >&"$notes"; }

fail() { # fail WHAT [ADVICE]: the only way out with an error
  printf 'madoguchi: %s\n' "$1" >&2
  [[ $# -lt 2 ]] || printf '  What to do: %s\n' "$2" >&2
  exit 2
}

run() { # run WHAT ADVICE COMMAND...: shows the command and the end of its output only when it fails
  local what=$1 advice=$2 log started=$SECONDS status=0
  shift 2
  log=$(mktemp)
  say "==> $what …"
  "$@" >"$log" 2>&1 || status=$?
  if ((status)); then
    printf 'madoguchi: %s: failed (exit status %s)\n  Command: %s\n  Its last lines:\n' "$what" "$status" "$*" >&2
    tail -n 15 "$log" | sed 's/^/    /' >&2
    printf '  What to do: %s\n' "$advice" >&2
    rm -f "$log"
    exit 2
  fi
  rm -f "$log"
  say "    done ($((SECONDS - started)) s)"
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

need_packages() { # need_packages PACKAGE...: installs those that are missing, and says so
  local missing=() package
  command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
    fail "this needs $* and there is no apt-get here" "install them by this system's own means, or use docker-compose.yml"
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  ((${#missing[@]})) || return 0
  ((EUID == 0)) || command -v sudo >/dev/null ||
    fail "Debian packages are missing: ${missing[*]}" "run once as root: apt-get install ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  run "Package lists" "check the network and /etc/apt/sources.list" as_root apt-get update -q
  run "Debian packages: ${missing[*]}" "run it by hand and read what apt says: apt-get install ${missing[*]}" \
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

usable_python() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() { # sets $python: the first interpreter that is new enough and can make environments
  local candidate
  for candidate in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null && usable_python "$candidate"; then
      python=$candidate
      return 0
    fi
  done
  return 1
}

make_venv() {
  local python=
  if ! find_python; then
    need_packages python3 python3-venv
    find_python || fail "Python 3.11 or newer is needed; here is $(python3 --version 2>&1)" \
      "use Debian 12, Debian 13, Ubuntu 24.04 or newer"
  fi
  # --clear empties what is there: a half-made environment yes, somebody's directory never.
  [[ -f $venv/pyvenv.cfg || -z $(ls -A "$venv" 2>/dev/null) ]] ||
    fail "$venv is not empty and is no virtual environment" "name another place with MADOGUCHI_VENV"
  run "Virtual environment $venv" "remove $venv and start again" "$python" -m venv --clear "$venv"
}

venv_has() { # venv_has LOCK: whether what the lock file says is in the environment
  local stamp mark
  stamp=$venv/.$(basename "$1").installed
  [[ -f $stamp ]] && mark=$(venv_mark "$1") && [[ $(<"$stamp") == "$mark" ]]
}

venv_mark() { "$venv/bin/python" -V 2>/dev/null && sha256sum <"$1"; }

venv_has_all() {
  local lock
  for lock in "$@"; do venv_has "$lock" || return 1; done
}

sync_venv() { # sync_venv LOCK...: the packages of the lock files, by hash, only when a lock has changed
  local lock pip_ready=
  venv_has_all "$@" && return # without the lock: who only uses the environment need not be able to write there
  mkdir -p "$(dirname "$venv")"
  { : >>"$venv.lock"; } 2>/dev/null ||
    fail "$venv is not up to date, and $(id -un) cannot write there" "let whoever installed it bring it up to date: sudo bin/install"
  exec 9>"$venv.lock" # two starts at once: the second waits, then finds everything done
  flock 9
  "$venv/bin/python" -c '' 2>/dev/null || make_venv
  for lock in "$@"; do
    venv_has "$lock" && continue
    if [[ -z $pip_ready ]]; then
      "$venv/bin/python" -m pip --version >/dev/null 2>&1 ||
        run "pip" "remove $venv and start again" "$venv/bin/python" -m ensurepip
      pip_ready=1
    fi
    run "Python packages of $(basename "$lock")" \
      "check the network (a package index, PIP_INDEX_URL and PIP_CERT for a mirror) and start again" \
      "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --require-hashes --only-binary :all: -r "$lock"
    venv_mark "$lock" >"$venv/.$(basename "$lock").installed"
  done
  exec 9>&-
}
