#!/bin/sh
# Deploys the demo's bad version again and again, to its real hosts under its real load, and tells how long it took each
# time until the verdict, until the canary was put back, and until the run had ended. 50 times take some ten minutes.
# Usage: bench/demo_delay.sh [TIMES]
set -eu
cd "$(dirname "$0")/.."
times=${1:-50}
cargo build --quiet --release -p scap
cargo build --quiet --release -p scap-execute --example bench
target=$(realpath "${CARGO_TARGET_DIR:-target}")/release

folder=$(mktemp -d)
TMPDIR=$folder "$target/scap" demo --keep >"$folder/demo.log" 2>&1 &
demo=$!
trap 'kill "$demo" 2>/dev/null || true; wait "$demo" || true; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM HUP

until grep -q "Hosts and customers stay" "$folder/demo.log"; do
    kill -0 "$demo" || { cat "$folder/demo.log"; exit 1; }
    sleep 1
done
stage=$(echo "$folder"/scap-demo-*)

again() {
    git -C "$stage/shop" checkout --quiet --detach v3
    # A revision of its own each time, so that none is known, or on the hosts, from the time before.
    git -C "$stage/shop" -c user.name=bench -c user.email=bench@localhost -c commit.gpgsign=false \
        commit --quiet --allow-empty --message "Once more, $1"
    "$target/scap" --config "$stage/scap.yaml" --state-dir "$stage/state" --yes deploy-service shop
}

for nth in $(seq "$times"); do
    code=0
    again "$nth" >"$folder/deploy.log" 2>&1 || code=$?
    # 3: rolled back.
    [ "$code" -eq 3 ] || { cat "$folder/deploy.log"; echo "time $nth ended with exit code $code, not 3"; exit 1; }
done
"$target/examples/bench" delays "$stage/state"
