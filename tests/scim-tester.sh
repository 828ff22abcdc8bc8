#!/usr/bin/env bash
# The SCIM service of `portvakt register serve`, tried by somebody else's tester: scim2-tester from PyPI, run by
# scim2-cli, against the register of a fresh demo. Any ERROR fails. Its values are random, so it runs several times.
#
#   tests/scim-tester.sh                  builds the program and tries it
#   PORTVAKT_PROGRAM=target/debug/portvakt tests/scim-tester.sh
#   PORTVAKT_TESTER_VENV=DIR              where the tester is installed (default: beside cargo's own cache)
#   PORTVAKT_TESTER_RUNS=5                how many times it runs
set -euo pipefail
cd "$(dirname "$0")/.."

# Pinned: the tool, the tester behind it and the two libraries both stand on.
packages=(scim2-cli==0.6.0 scim2-tester==0.5.2 scim2-client==0.13.2 scim2-models==0.12.3)
runs=${PORTVAKT_TESTER_RUNS:-5}
venv=${PORTVAKT_TESTER_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/portvakt/scim-tester}

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

command -v python3 > /dev/null || fail "python3 is missing (Debian: apt-get install python3 python3-venv)"
if [ "$(cat "$venv/packages" 2> /dev/null)" != "${packages[*]}" ]; then
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    python3 -m venv "$venv" || fail "python3 cannot make a venv (Debian: apt-get install python3-venv)"
    "$venv/bin/pip" install -q --disable-pip-version-check "${packages[@]}"
    printf '%s' "${packages[*]}" > "$venv/packages"
fi

program=${PORTVAKT_PROGRAM:-}
if [ -z "$program" ]; then
    cargo build -q --locked --bin portvakt
    program=${CARGO_TARGET_DIR:-target}/debug/portvakt
fi

work=$(mktemp -d)
server=
clean() {
    if [ -n "$server" ]; then kill -KILL "$server" 2> /dev/null || true; fi
    rm -rf "$work"
}
trap clean EXIT

"$program" demo --prepare "$work/demo" > "$work/prepared" 2>&1 || { cat "$work/prepared" >&2; fail "no demo"; }
token=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
(umask 077 && printf '%s\n' "$token" > "$work/tokens")
"$program" --root "$work/demo" register serve --listen 127.0.0.1:0 --token-file "$work/tokens" \
    > "$work/out" 2> "$work/log" &
server=$!
for _ in $(seq 100); do
    [ -s "$work/out" ] && break
    kill -0 "$server" 2> /dev/null || { cat "$work/log" >&2; fail "the service did not start"; }
    sleep 0.1
done
base=$(head -1 "$work/out")
[ -n "$base" ] || fail "the service did not say where it is"

checks=0
for run in $(seq "$runs"); do
    if ! SCIM_CLI_HEADERS="Authorization: Bearer $token" "$venv/bin/scim2" -u "$base" test > "$work/report" 2>&1; then
        cat "$work/report" "$work/log" >&2
        fail "the tester found errors in run $run"
    fi
    # A tester that did nothing has found nothing.
    checks=$(grep -c '^SUCCESS' "$work/report" || true)
    [ "$checks" -ge 20 ] || { cat "$work/report" >&2; fail "the tester made only $checks checks"; }
    if grep -qE '^(ERROR|CRITICAL)' "$work/report"; then
        cat "$work/report" >&2
        fail "the tester found errors in run $run"
    fi
done

kill -TERM "$server"
ended=0
wait "$server" || ended=$?
server=
[ "$ended" -eq 0 ] || { cat "$work/log" >&2; fail "the service should end with 0 on SIGTERM and ended with $ended"; }
if grep -qF "$token" "$work/log" "$work/out"; then fail "the token stands in the log"; fi
echo "scim2-tester: $runs runs, $checks checks passed in the last, no error"
