# shellcheck shell=bash disable=SC2034,SC2154 # what one file sets, others use
# The clusters, their addresses, their processes and the network namespace they stand in; sourced after cache.sh.

clusters=(staging eqiad codfw)
# Two state folders are two environments, side by side.
netns=scap-dev-$(printf '%s' "$state" | sha256sum | head -c 8)

# Each cluster has addresses of its own, and so every port at its usual number: 127.0.n.1 within the namespace,
# 192.168.n.1 where its node can reach it.
cluster_number() {
    local number
    for number in "${!clusters[@]}"; do
        [ "${clusters[$number]}" != "$1" ] || { echo $((number + 1)); return; }
    done
    fail "no cluster named \`$1\`" "known: ${clusters[*]}"
}

# What runs for a cluster, or for all of them (`shared`).
components() {
    case $1 in
    shared) echo docker-registry prometheus opensearch ;;
    staging) echo etcd kube-apiserver kube-controller-manager kube-scheduler kwok ;;
    *) echo etcd kube-apiserver kube-controller-manager kube-scheduler kwok node observe ;;
    esac
}

# staging is to be fast: its pods are fakes.
has_real_node() { [ "$1" != staging ]; }

need_root() {
    [ "$(id -u)" -eq 0 ] || fail "network namespaces need root" "run it as root, for example in a container with CAP_SYS_ADMIN and CAP_NET_ADMIN"
}

# Runs a command inside of the namespace. Not `ip netns exec`, which mounts /sys anew and so hides the cgroups.
inside() {
    nsenter --net="/run/netns/$netns" -- "$@"
}

# The process id that a component runs under, if it does; a number used again elsewhere does not count.
running() {
    local pid
    pid=$(cat "$state/parts/$1/$2.pid" 2>/dev/null) || return 1
    [ "/proc/$pid/ns/net" -ef "/run/netns/$netns" ] && echo "$pid"
}

# What ended without dev/down has left its process number behind.
forget_ended() {
    local file
    for file in "$state/parts/$1"/*.pid; do
        running "$1" "$(basename "$file" .pid)" >/dev/null || rm -f "$file"
    done
}

# start GROUP COMPONENT COMMAND...: in the background, free of this terminal, unless it runs already.
start() {
    local group=$1 component=$2 folder=$state/parts/$1
    ! running "$group" "$component" >/dev/null || return 0
    shift 2
    nsenter --net="/run/netns/$netns" -- setsid "$@" </dev/null >>"$folder/$component.log" 2>&1 &
    echo $! >"$folder/$component.pid"
    # Until it has entered the namespace it does not count as running.
    until running "$group" "$component" >/dev/null || ! kill -0 $! 2>/dev/null; do sleep 0.02; done
}

# wait_until GROUP SECONDS COMMAND...: while all of the group's processes live.
wait_until() {
    local group=$1 deadline=$((SECONDS + $2)) component
    shift 2
    until "$@" >/dev/null 2>&1; do
        for component in "$state/parts/$group"/*.pid; do
            component=$(basename "$component" .pid)
            running "$group" "$component" >/dev/null || fail "\`$component\` of \`$group\` has ended" "see $state/parts/$group/$component.log"
        done
        [ $SECONDS -lt $deadline ] || fail "\`$group\` is not ready in time; waited for: $*" "see the logs in $state/parts/$group"
        sleep 0.2
    done
}

# Kills what is left of a cluster's node, and removes its control groups, which is done when all of it has ended.
remove_control_groups() {
    local folders tries
    for tries in {1..100}; do
        mapfile -t folders < <(find /sys/fs/cgroup -mindepth 2 -maxdepth 2 -type d -name "$netns-$1")
        [ ${#folders[@]} -gt 0 ] || return 0
        find "${folders[@]}" -name cgroup.procs -exec cat {} + | sort -u | xargs -r kill -KILL 2>/dev/null || true
        find "${folders[@]}" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
    done
    fail "control groups of \`$1\` are still in use: ${folders[*]}"
}

admin() {
    local cluster=$1
    shift
    inside kubectl --kubeconfig "$state/parts/$cluster/admin.config" --cache-dir "$state/parts/$cluster/discovery" "$@"
}

# Where the kubeconfig of a namespace in an environment is, by the pattern that the helmfiles of a deploy host use.
deploy_kubeconfig() {
    echo "$state/kubernetes/$1-deploy-$2.config"
}

# write_kubeconfig CLUSTER NAMESPACE FILE: of the admin user; 0600.
write_kubeconfig() {
    local cluster=$1 namespace=$2 file=$3 folder=$state/parts/$1
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
      server: https://192.168.$(cluster_number "$cluster").1:6443
      certificate-authority-data: $(base64 -w 0 "$folder/apiserver/apiserver.crt")
users:
  - name: admin
    user: { token: $(cat "$folder/token") }
END
    mv "$file.new" "$file"
}
