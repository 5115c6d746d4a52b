# shellcheck shell=bash disable=SC2154 # cache.sh and clusters.sh set them
# Starts the parts of one cluster; sourced by up.

services=$dev/../e2e/deployment-charts/helmfile.d

# The token of the only user, and the key that signs service accounts: made anew for each cluster, kept from others' eyes.
make_secrets() {
    local folder=$1
    [ ! -f "$folder/tokens.csv" ] || return 0
    openssl genrsa -out "$folder/service-accounts.key" 2048 2>/dev/null
    openssl rand -hex 32 >"$folder/token"
    printf '%s,admin,admin,system:masters\n' "$(cat "$folder/token")" >"$folder/tokens.csv"
}

start_store_and_api() {
    local cluster=$1 folder=$2 number=$3 address=127.0.$3.1 reachable=192.168.$3.1
    inside ip address replace "$reachable/32" dev lo
    start "$cluster" etcd etcd --name "$cluster" --data-dir "$folder/etcd" --unsafe-no-fsync --log-level warn \
        --listen-client-urls "http://$address:2379" --advertise-client-urls "http://$address:2379" \
        --listen-peer-urls "http://$address:2380" --initial-advertise-peer-urls "http://$address:2380" \
        --initial-cluster "$cluster=http://$address:2380"
    start "$cluster" kube-apiserver kube-apiserver --etcd-servers "http://$address:2379" --bind-address "$reachable" \
        --advertise-address "$reachable" --cert-dir "$folder/apiserver" --token-auth-file "$folder/tokens.csv" \
        --authorization-mode Node,RBAC --service-cluster-ip-range "10.$number.0.0/16" --kubelet-preferred-address-types InternalIP \
        --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$folder/service-accounts.key" \
        --service-account-signing-key-file "$folder/service-accounts.key"
}

start_controllers() {
    local cluster=$1 folder=$2 number=$3 address=127.0.$3.1
    # kwok's nodes are never away, but they renew no lease: the controller would call them lost after 50 s.
    start "$cluster" kube-controller-manager kube-controller-manager --kubeconfig "$folder/admin.config" --bind-address "$address" \
        --leader-elect=false --node-monitor-grace-period=24h --service-account-private-key-file "$folder/service-accounts.key" \
        --root-ca-file "$folder/apiserver/apiserver.crt"
    start "$cluster" kube-scheduler kube-scheduler --kubeconfig "$folder/admin.config" --bind-address "$address" --leader-elect=false
    start "$cluster" kwok kwok --kubeconfig "$folder/admin.config" --config "$dev/kwok/stages.yaml" \
        --manage-nodes-with-label-selector type=kwok --cidr "10.$((200 + number)).0.0/16" --node-ip "$address"
}

# A node that has ended told nobody: it and its pods count as ready for ever. Those are not, until they are back.
mark_lost() {
    local cluster=$1 lost=$2
    local patch='{"status": {"conditions": [{"type": "Ready", "status": "False", "reason": "NodeEnded"}]}}'
    rm -f "$lost"
    admin "$cluster" get node node1 >/dev/null 2>&1 || return 0
    admin "$cluster" patch node node1 --subresource status --patch "$patch" >/dev/null
    admin "$cluster" get pods --all-namespaces --field-selector spec.nodeName=node1 -o go-template='
{{- range .items}}{{$pod := .metadata}}{{range .status.conditions}}{{if and (eq .type "Ready") (eq .status "True")}}---
{apiVersion: v1, kind: Pod, metadata: {namespace: {{$pod.namespace}}, name: {{$pod.name}}}}
{{end}}{{end}}{{end}}' >"$lost"
    [ ! -s "$lost" ] || admin "$cluster" patch -f "$lost" --subresource status --patch "$patch" >/dev/null
}

# A machine of its own in all but the kernel; see node/start.
start_node() {
    local cluster=$1 folder=$2/node number=$3
    mkdir -p "$folder"
    if ! running "$cluster" node >/dev/null; then
        remove_control_groups "$cluster"
        mark_lost "$cluster" "$folder/lost.yaml"
    fi
    cp -r "$dev/node/." "$folder"
    printf '%s\n' "$netns-$cluster" >"$folder/cgroup"
    sed -i "s/@number@/$number/; s/@pods@/$((100 + number))/; s/@cgroup@/$netns-$cluster/" "$folder/kubelet.yaml" "$folder/cni/bridge.conflist"
    write_kubeconfig "$cluster" default "$folder/kubeconfig"
    start "$cluster" node env PATH="${PATH//"$cache/tools"//tools}:$PATH" unshare --pid --mount --fork --kill-child=KILL \
        unshare --net "$dev/node/start" "$cluster" "$number" "$folder" "/run/netns/$netns" "$cache/tools"
    start "$cluster" observe observe --site "$cluster" --server "https://192.168.$number.1:6443" \
        --certificate-authority "$2/apiserver/apiserver.crt" --token-file "$2/token" --opensearch http://127.0.0.1:9200 \
        --targets "$state/parts/shared/targets/$cluster.json" --pod-logs "$folder/pods"
}

# kwok's nodes, and one namespace for each service that has a helmfile. Where there is a real node, kwok's take only pods that ask for them.
objects() {
    local cluster=$1 namespace
    cat "$dev/kwok/nodes.yaml"
    for namespace in $(namespaces); do
        printf -- '---\n{apiVersion: v1, kind: Namespace, metadata: {name: %s}}\n' "$namespace"
    done
}

namespaces() {
    local folder
    # What begins with an underscore is shared by others.
    for folder in "$services"/*/[!_]*/; do basename "$folder"; done
}

bring_up() {
    local cluster=$1 folder=$state/parts/$1 number began=$SECONDS namespace
    number=$(cluster_number "$cluster")
    mkdir -p "$folder"
    forget_ended "$cluster"
    make_secrets "$folder"
    start_store_and_api "$cluster" "$folder" "$number"
    wait_until "$cluster" 60 test -s "$folder/apiserver/apiserver.crt"
    write_kubeconfig "$cluster" default "$folder/admin.config"
    wait_until "$cluster" 60 admin "$cluster" get --raw /readyz
    start_controllers "$cluster" "$folder" "$number"
    objects "$cluster" | admin "$cluster" apply -f - >/dev/null
    if has_real_node "$cluster"; then
        admin "$cluster" taint --overwrite node -l type=kwok kwok.x-k8s.io/node=fake:NoSchedule >/dev/null
        start_node "$cluster" "$folder" "$number"
        wait_until "$cluster" 60 admin "$cluster" get node node1
    fi
    for namespace in $(namespaces); do
        write_kubeconfig "$cluster" "$namespace" "$(deploy_kubeconfig "$namespace" "$cluster")"
    done
    admin "$cluster" wait --for condition=Ready --timeout 60s node --all >/dev/null
    if [ -s "$folder/node/lost.yaml" ]; then
        # What crashes by design may not come back.
        admin "$cluster" wait --for condition=Ready --timeout 60s -f "$folder/node/lost.yaml" >/dev/null ||
            echo "$cluster: not all pods that were ready are so again"
        rm "$folder/node/lost.yaml"
    fi
    printf '%-8s ready after %d s\n' "$cluster" $((SECONDS - began))
}
