#!/usr/bin/env bash
# setup.sh python   makes .venv from requirements.lock, every file checked by its hash, and installs evara in it
# setup.sh node     installs what the dashboard is built with, from its package-lock.json
set -euo pipefail
cd "$(dirname "$0")/.."

say() {
  echo "setup: $*" >&2
}

is_new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
    if command -v "$candidate" >/dev/null && is_new_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  say "Python 3.11 or newer is needed and ${PYTHON:-python3} is $(${PYTHON:-python3} --version 2>&1 || echo missing);" \
    "install it (on Debian 12 or newer: apt-get install python3 python3-venv)"
  return 1
}

# Debian keeps venv's pip in a package of its own.
make_venv() {
  "$1" -m venv --clear .venv && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$("$1" -c \
      'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" && "$1" -m venv --clear .venv && return
  fi
  say "$1 can't make a virtual environment; on Debian: apt-get install python3-venv"
  return 1
}

set_up_python() {
  local python
  if ! is_new_enough .venv/bin/python; then
    python=$(find_python)
    make_venv "$python"
  fi
  local pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input --quiet --quiet)
  "${pip[@]}" install --require-hashes --no-deps -r requirements.lock
  # hatchling, which builds it, came with the lock: nothing else is fetched.
  "${pip[@]}" install --no-deps --no-build-isolation --no-index --editable .
}

set_up_node() {
  if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; then
    say "Node 20.19 or newer is needed to build the dashboard and this machine has $(node --version 2>/dev/null || echo none);" \
      "install it with npm and run the command again"
    return 1
  fi
  if ! command -v npm >/dev/null; then
    say "npm is needed to build the dashboard; on Debian: apt-get install npm"
    return 1
  fi
  npm ci --prefix cloud/dashboard --no-audit --no-fund
}

case "${1:-}" in
  python) set_up_python ;;
  node) set_up_node ;;
  *) say "say what: setup.sh python | setup.sh node"; exit 2 ;;
esac
