#!/bin/sh
# Installs what the tests need from the system with apt where it may; else says what to install.
# Usage: tests/system.sh chromium redis python3-venv …
set -u
missing=""
for need in "$@"; do
  case $need in
    chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    redis) command -v valkey-server || command -v redis-server ;;
    python3-venv) python3 -c 'import ensurepip' ;;
  esac >/dev/null 2>&1 || missing="$missing $need"
done
[ -z "$missing" ] && exit 0
packages=$(echo "$missing" | sed 's/redis/redis-server/')
root=""
[ "$(id -u)" = 0 ] || root="sudo -n"
if command -v apt-get >/dev/null && $root true 2>/dev/null; then
  $root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq $packages >/dev/null && exit 0
fi
echo "Please install:$packages (on Debian or Ubuntu: sudo apt-get install$packages), then run this again." >&2
echo "Any Chromium or Chrome and any Valkey or Redis server on the PATH will do." >&2
exit 1
