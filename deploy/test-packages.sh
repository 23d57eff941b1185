#!/usr/bin/env bash
# The servers and the browser that the tests start. As root on Debian, what is missing is installed; else this
# says which tests will be skipped. The services that Debian starts by itself are left alone and not used.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/usr/local/sbin"

# package, what shows that it is there, what is skipped without it
needed="
mosquitto|mosquitto|everything over MQTT with a broker of its own
postgresql|/usr/lib/postgresql/*/bin/postgres|everything on PostgreSQL
redis-server|redis-server|the scaled live view
chromium|chromium|the dashboard in a browser
iproute2|ip|gateways in another network namespace
"

is_there() {
  command -v "$1" >/dev/null || compgen -G "$1" >/dev/null
}

missing() {
  local package sign skipped
  while IFS='|' read -r package sign skipped; do
    if [ -n "$package" ] && ! is_there "$sign"; then
      echo "$package|$skipped"
    fi
  done <<<"$needed"
}

lacking=$(missing)
[ -z "$lacking" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  mapfile -t packages < <(cut -d'|' -f1 <<<"$lacking")
  echo "test-packages: installing ${packages[*]}" >&2
  apt-get update -qq || true
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null || true
  lacking=$(missing)
fi

while IFS='|' read -r package skipped; do
  [ -n "$package" ] || continue
  echo "test-packages: $package is missing, so these tests are skipped: $skipped" \
    "(as root: apt-get install $package)" >&2
done <<<"$lacking"
