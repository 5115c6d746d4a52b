#!/usr/bin/env bash
# Deploys a version with a share of new errors to real pods under 200 requests a second, of which one in a thousand fails anyway,
# again and again, and tells how long it served, and which part of that was whose. Needs the clusters of dev/up. 10 times take
# some eight minutes. What is ordinary of the service is learnt from healthy deployments before, of some seven minutes each;
# without any, that each error has a cause of its own is declared.
# Judged by Prometheus, or by what the pods themselves expose (bench/checks_scraped.yaml).
# Usage: dev/run bench/kubernetes_delay.sh [TIMES [SHARES [HEALTHY [CHECKS]]]]
set -euo pipefail
cd "$(dirname "$0")/.."
times=${1:-10}
read -ra shares <<<"${2:-0.02}"
healthy=${3:-0}
judges=${4:-e2e/checks.yaml}
good=2026-03-01-101010-ordinary
cargo build --quiet --release --locked -p scap
scap=$(realpath "${CARGO_TARGET_DIR:-target}")/release/scap

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
place=$folder/place
e2e/place "$place"
cp "$judges" "$place/checks.yaml"
values=$place/deployment-charts/helmfile.d/services/shellbox/values.yaml

set_tag() { sed -i "s/version: .*/version: $1/" "$values"; }
deploy() { "$scap" --config "$place/scap.yaml" --state-dir "$place/state" deploy-service shellbox --yes >"$folder/said"; }
address() {
    kubectl --kubeconfig "$place/kubernetes/shellbox-deploy-$1.config" get service shellbox -o 'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}'
}

version() { echo "2026-05-01-100000-$1-failing-more"; }
load_both() {
    for cluster in eqiad codfw; do
        load --rate 200 --seconds "$1" --url "http://$(address "$cluster")/" --out "$folder/$cluster-$2" >/dev/null &
    done
    sleep 5
}

{
    echo "[repos/example/shellbox]"
    for nth in $(seq 0 "$healthy"); do echo "$good-$nth SHOP_ORDINARY_ERROR_SHARE=0.001"; done
    for share in "${shares[@]}"; do
        echo "$(version "$share") SHOP_ORDINARY_ERROR_SHARE=0.001 SHOP_ERROR_SHARE=$share"
    done
} | image --registry http://127.0.0.1:5000 --program "$(command -v shop)"

# The good version everywhere, without checks, as nothing asks it for anything yet.
printf 'defaults: {bake: 1s}\n' >"$folder/bake"
cp "$place/scap.yaml" "$folder/common"
cat "$folder/common" "$folder/bake" >"$place/scap.yaml"
set_tag "$good-0"
deploy

checks() { cat "$folder/common" "$place/checks.yaml" >"$place/scap.yaml"; }
checks
if [ "$healthy" -gt 0 ]; then
    sed -i '/burst:/d' "$place/checks.yaml"
    checks
    # Watched for long enough, whatever is known already.
    sed -i 's/^      signature: .*/&\n      minimum_hold: 200s/' "$place/scap.yaml"
    for nth in $(seq "$healthy"); do
        load_both 600 "healthy-$nth"
        set_tag "$good-$nth"
        deploy
        # shellcheck disable=SC2046
        kill $(jobs -p) 2>/dev/null || true
        wait
    done
    checks
fi

for share in "${shares[@]}"; do
    for nth in $(seq "$times"); do
        load_both 45 "$share-$nth"
        set_tag "$(version "$share")"
        code=0
        deploy || code=$?
        # 3: rolled back.
        [ "$code" -eq 3 ] || { cat "$folder/said"; echo "time $nth ended with exit code $code, not 3"; exit 1; }
        set_tag "$good-$healthy"
        wait
        run=$("$scap" --config "$place/scap.yaml" --state-dir "$place/state" runs --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["run"])')
        "$scap" --config "$place/scap.yaml" --state-dir "$place/state" log "$run" --format json >"$folder/events-$share-$nth"
        "$scap" --config "$place/scap.yaml" --state-dir "$place/state" unbar "$run" "measured once more" >/dev/null
    done
    echo "$share more of the requests fail:"
    python3 bench/kubernetes_delay.py "$folder" "$share" "$times"
done
