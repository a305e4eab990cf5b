#!/usr/bin/env bash
# Makes the project's own Python environment in .venv. Nothing is written outside of this checkout, except Debian
# packages that are missing.
#
#   environment.sh demo    what Keepstep needs to run, without a compiler
#   environment.sh test    that, and all that the tests and the checks need
#   environment.sh console Node, which builds the web console
#   environment.sh lock    resolve the dependencies anew and write the requirements files
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly uv_version=0.13.9
# The system decides whom to trust: many networks have a certificate authority of their own.
export UV_SYSTEM_CERTS=true UV_LINK_MODE=copy PIP_DISABLE_PIP_VERSION_CHECK=1 VIRTUAL_ENV=$PWD/.venv

say() { printf 'setup: %s\n' "$*" >&2; }

fail() {
    say "$1"
    exit 1
}

apt_install() {
    local -a run=(apt-get)
    command -v apt-get >/dev/null || fail "please install: $*"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "please install as root: apt-get install $*"
        run=(sudo apt-get)
    fi
    say "installing $*"
    "${run[@]}" update -qq
    DEBIAN_FRONTEND=noninteractive "${run[@]}" install -y -qq --no-install-recommends "$@" >/dev/null
}

# A virtual environment without pip is one that Debian could not finish, for lack of python3-venv.
virtual_environment() {
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        return
    fi
    command -v python3 >/dev/null || apt_install python3 python3-venv
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Keepstep needs Python 3.11 or newer; this is $(python3 --version)"
    rm -rf .venv
    if ! python3 -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        apt_install python3-venv
        python3 -m venv .venv
    fi
}

uv() {
    if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$uv_version" ]; then
        .venv/bin/python -m pip install --quiet "uv==$uv_version"
    fi
    .venv/bin/uv "$@"
}

# python-ldap has no wheel for Linux.
compiler() {
    if ! command -v gcc >/dev/null || [ ! -e /usr/include/ldap.h ] || [ ! -e /usr/include/sasl/sasl.h ] ||
        ! .venv/bin/python -c 'import os, sysconfig
raise SystemExit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'; then
        apt_install gcc libc6-dev python3-dev libldap-dev libsasl2-dev
    fi
}

# The console is built by `make console`, and not by each installation of a checkout.
project() { KEEPSTEP_CONSOLE=skip uv pip install --quiet --no-deps -e .; }

stamp() {
    mkdir -p .make
    touch ".make/$1"
}

virtual_environment
case ${1-} in
    demo)
        say "installing what the demo needs"
        uv pip install --quiet --require-hashes -r requirements-demo.lock
        project
        stamp demo
        ;;
    test)
        compiler
        say "installing what the tests need"
        uv pip install --quiet --require-hashes -r requirements.lock
        project
        command -v shellcheck >/dev/null || apt_install shellcheck
        stamp test
        stamp demo
        ;;
    console)
        say "installing what builds the console"
        uv pip install --quiet --require-hashes -r requirements-console.lock
        ;;
    lock)
        uv lock --quiet --upgrade
        export_lock() { uv export --quiet --locked --no-emit-project --no-annotate --no-header "$@"; }
        export_lock --all-extras --all-groups -o requirements.lock >/dev/null
        export_lock --no-dev -o requirements-demo.lock >/dev/null
        export_lock --only-group console -o requirements-console.lock >/dev/null
        ;;
    *) fail "usage: environment.sh demo|test|console|lock" ;;
esac
