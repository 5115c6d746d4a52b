# shellcheck shell=bash disable=SC2034,SC2154 # what one file sets, others use
# The clusters, their addresses, their processes and the network namespace they stand in; sourced after cache.sh.

clusters=(staging eqiad codfw)
components=(etcd kube-apiserver kube-controller-manager kube-scheduler kwok)
# Two state folders are two environments, side by side.
netns=scap-dev-$(printf '%s' "$state" | sha256sum | head -c 8)

# Each cluster has an address of its own in the namespace, and so every port at its usual number.
cluster_number() {
    local number
    for number in "${!clusters[@]}"; do
        [ "${clusters[$number]}" != "$1" ] || { echo $((number + 1)); return; }
    done
    fail "no cluster named \`$1\`" "known: ${clusters[*]}"
}

need_root() {
    [ "$(id -u)" -eq 0 ] || fail "network namespaces need root" "run it as root, for example in a container with CAP_SYS_ADMIN and CAP_NET_ADMIN"
}

# Runs a command inside of the namespace. Not `ip netns exec`, which mounts /sys anew and so hides the cgroups.
inside() {
    nsenter --net="/run/netns/$netns" -- "$@"
}

# The process id that a component of a cluster runs under, if it does; a number used again elsewhere does not count.
running() {
    local pid
    pid=$(cat "$state/clusters/$1/$2.pid" 2>/dev/null) || return 1
    [ "/proc/$pid/ns/net" -ef "/run/netns/$netns" ] && echo "$pid"
}

admin() {
    local cluster=$1
    shift
    inside kubectl --kubeconfig "$state/clusters/$cluster/admin.config" --cache-dir "$state/clusters/$cluster/discovery" "$@"
}

# Where the kubeconfig of a namespace in an environment is, by the pattern that the helmfiles of a deploy host use.
deploy_kubeconfig() {
    echo "$state/kubernetes/$1-deploy-$2.config"
}

# write_kubeconfig CLUSTER NAMESPACE FILE: of the admin user; 0600.
write_kubeconfig() {
    local cluster=$1 namespace=$2 file=$3 folder=$state/clusters/$1
    (umask 077; cat >"$file.new") <<END
apiVersion: v1
kind: Config
current-context: $cluster
contexts:
  - name: $cluster
    context: { cluster: $cluster, user: admin, namespace: $namespace }
clusters:
  - name: $cluster
    cluster:
      server: https://127.0.$(cluster_number "$cluster").1:6443
      certificate-authority-data: $(base64 -w 0 "$folder/apiserver/apiserver.crt")
users:
  - name: admin
    user: { token: $(cut -d , -f 1 "$folder/tokens.csv") }
END
    mv "$file.new" "$file"
}
