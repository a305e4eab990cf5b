#!/usr/bin/env bash
# Installs the Debian packages that the benchmarks need and this machine lacks. Nothing of them is started.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

missing() {
    local package
    while read -r package; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
    done < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$here/packages.txt")
}

usable() {
    local program
    for program in curl gcc ldapsearch nginx wrk; do
        PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || return 1
    done
}

if usable; then exit 0; fi
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { printf 'bench: please install as root: %s\n' "$(missing | tr '\n' ' ')" >&2; exit 1; }
    exec sudo bash "${BASH_SOURCE[0]}"
fi
guard=/usr/sbin/policy-rc.d placed=''
if [ ! -e "$guard" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$guard"
    chmod 755 "$guard"
    placed=yes
fi
trap '[ -z "$placed" ] || rm -f "$guard"' EXIT
mapfile -t wanted < <(missing)
export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=600 -qq update
apt-get -o DPkg::Lock::Timeout=600 -qq install -y --no-install-recommends "${wanted[@]}" >/dev/null
