#!/bin/sh
# Makes .venv and installs the locked packages into it; does nothing, quickly, when that has been done.
# PYTHON names another interpreter: PYTHON=python3.12 make setup
set -eu
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/.installed
supported='import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

refuse() {
    echo "setup: $*" >&2
    exit 1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        command -v "$PYTHON" >/dev/null || refuse "there is no $PYTHON"
        "$PYTHON" -c "$supported" || refuse "$PYTHON is $("$PYTHON" -V 2>&1); Python 3.11, 3.12 or 3.13 is needed"
        echo "$PYTHON"
        return
    fi
    for name in python3 python3.13 python3.12 python3.11; do
        # A name on the path need not run (pyenv leaves such shims).
        if "$name" -c "$supported" >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    refuse "no Python 3.11, 3.12 or 3.13 on the path; name one with PYTHON=/path/to/python"
}

make_venv() {
    rm -rf "$venv"
    "$1" -m venv "$venv" >/dev/null 2>&1 && return
    # Debian parts ensurepip from Python. A pip of the system's can still fill an environment that has none of its own.
    rm -rf "$venv"
    if "$1" -m pip --version >/dev/null 2>&1 && "$1" -m venv --without-pip "$venv" >/dev/null 2>&1; then
        return
    fi
    rm -rf "$venv"
    refuse "$1 cannot make a virtual environment: install its venv module (on Debian and Ubuntu: apt install python3-venv)"
}

install() {
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        "$venv/bin/python" -m pip install "$@"
    else
        "$python" -m pip --python "$venv/bin/python" install "$@"
    fi
}

wanted() {
    # The folder too: a moved environment still names its old place.
    echo "$(cksum <requirements.lock) $("$venv/bin/python" -c 'import sys; print(*sys.version_info[:3])') $(pwd)"
}

if [ -z "${PYTHON:-}" ] && [ -x "$venv/bin/python" ] && "$venv/bin/python" -c "$supported" >/dev/null 2>&1; then
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted)" ] && exit 0
fi

python=$(find_python)
version='import sys; print(*sys.version_info[:3])'
if [ ! -x "$venv/bin/python" ] || [ "$("$venv/bin/python" -c "$version" 2>/dev/null)" != "$("$python" -c "$version")" ]; then
    echo "setup: making $venv with $("$python" -V 2>&1)"
    make_venv "$python"
fi
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted)" ] && exit 0
rm -f "$stamp"

echo "setup: installing the packages of requirements.lock"
quiet=
[ -t 1 ] || quiet=--quiet
# Wheels only: nothing is compiled here, and no code of a package runs while it is installed.
install --disable-pip-version-check --no-input --require-hashes --only-binary :all: $quiet -r requirements.lock ||
    refuse "pip could not install requirements.lock (its words are above)"
wanted >"$stamp"
