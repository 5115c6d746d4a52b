#!/usr/bin/env bash
# What scap adds to `helmfile sync` and waiting for the pods: one release of real pods upgraded by hand and by scap, in turn;
# then once more each through a proxy that counts what is asked of the API server. Needs the clusters of dev/up.
# Usage: dev/run bench/kubernetes_added.sh [TIMES]
set -euo pipefail
cd "$(dirname "$0")/.."
times=${1:-7}
cargo build --quiet --release --locked -p scap
scap=$(realpath "${CARGO_TARGET_DIR:-target}")/release/scap
PATH=$PWD/e2e/announcer:$PATH

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
place=$folder/place
e2e/place "$place"
service=edit-analytics
home=$place/deployment-charts/helmfile.d/services/$service
config=$place/kubernetes/$service-deploy-codfw.config

first=2026-03-01-101010-production
second=2026-04-02-121212-production
change() { sed -i "s/version: .*/version: $1/" "$home/values.yaml"; }
by_hand() {
    (cd "$home" && KUBECONFIG=$1 helmfile -e codfw sync >"$folder/said" 2>&1) || { cat "$folder/said"; exit 1; }
    kubectl --kubeconfig "$1" rollout status deployment >/dev/null
}
by_scap() {
    "$scap" --config "$1" --state-dir "$place/state" deploy-service "$service" -e codfw --yes >"$folder/said" 2>&1 || { cat "$folder/said"; exit 1; }
}
seconds() { local began=$EPOCHREALTIME; "$@"; awk "BEGIN { printf \"%.2f\n\", $EPOCHREALTIME - $began }"; }
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

change $first
by_hand "$config"
for _ in $(seq "$times"); do
    change $second
    seconds by_hand "$config" >>"$folder/hand"
    change $first
    seconds by_scap "$place/scap.yaml" >>"$folder/scap"
done
echo "$times times each, median seconds: helmfile sync and rollout status $(median <"$folder/hand"), scap $(median <"$folder/scap")"

kubectl --kubeconfig "$config" proxy --port 18001 -v=6 >"$folder/requests" 2>&1 &
until grep -q "Starting to serve" "$folder/requests"; do sleep 0.1; done
mkdir "$folder/kubernetes"
cat >"$folder/kubernetes/$service-deploy-codfw.config" <<END
apiVersion: v1
kind: Config
current-context: codfw
contexts: [{ name: codfw, context: { cluster: codfw, user: deployer, namespace: $service } }]
clusters: [{ name: codfw, cluster: { server: "http://127.0.0.1:18001" } }]
users: [{ name: deployer, user: {} }]
END
sed "s#^kubeconfig: .*#kubeconfig: $folder/kubernetes/{namespace}-deploy-{environment}.config#" "$place/scap.yaml" >"$place/counted.yaml"
count() { "$@"; sleep 1; grep -cE 'verb="|(GET|POST|PUT|PATCH|DELETE) http' "$folder/requests" || true; : >"$folder/requests"; }
: >"$folder/requests"
change $second
echo "requests to the API server, by hand: $(count by_hand "$folder/kubernetes/$service-deploy-codfw.config")"
change $first
echo "requests to the API server, by scap with its plan, preflight, watches and readback: $(count by_scap "$place/counted.yaml")"
