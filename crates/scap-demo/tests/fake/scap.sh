#!/usr/bin/env bash
# Deploys the shop as simply as can be: what the tests of the story run in place of scap.
# DEMO_PROGRAM plays the hosts. DEMO_BEHAVIOUR is how v3 is treated: `undo`, `promote`, `claim` (an undo that
# did not happen) or `stall` (no end before standard input closes).
set -euo pipefail
case $1 in demo-*) exec "$DEMO_PROGRAM" "$@" ;; esac
folder=$(dirname "$2") state=$4
shift 4
mkdir -p "$state"
setting() { sed -n "s/^$1: //p" "$folder/shop/scap/scap.cfg"; }

put() { # REVISION HOST...
    local revision=$1 host root
    shift
    for host in "$@"; do
        root=$folder/hosts/$host
        mkdir -p "$root/srv/deployment/shop-cache/revs/$revision"
        git -C "$folder/shop" archive "$revision" | tar -x -C "$root/srv/deployment/shop-cache/revs/$revision"
        ln -sfn "shop-cache/revs/$revision" "$root/srv/deployment/shop.new"
        mv -T "$root/srv/deployment/shop.new" "$root/srv/deployment/shop"
        SCAP_HOST_ROOT=$root $(setting restart_command)
    done
}

metrics() {
    exec 3<>"/dev/tcp/127.0.1.1/$(setting service_port)"
    printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3
    cat <&3
}

finish() { # OUTCOME EXIT_CODE
    echo "$1" >>"$state/runs"
    exit "$2"
}

case $1 in
deploy-service)
    version=$(cat "$folder/shop/version")
    put "$version" shop1
    if [ "$version" = v3 ]; then
        until metrics | grep -q 'UndefinedError basket.html'; do :; done
        case $DEMO_BEHAVIOUR in
        undo) put v2 shop1 && finish 'rolled back' 3 ;;
        claim) finish 'rolled back' 3 ;;
        stall) echo stalled && exec cat ;;
        esac
    fi
    put "$version" shop2 shop3 shop4 shop5 shop6
    finish succeeded 0
    ;;
runs)
    awk 'BEGIN { printf "[" } { printf "%s{\"run\": %d, \"outcome\": \"%s\"}", (NR > 1 ? ", " : ""), NR, $0 } END { print "]" }' "$state/runs"
    ;;
explain) echo "run $2: $(sed -n "$2p" "$state/runs")" ;;
status) grep -c . "$state/runs" ;;
esac
