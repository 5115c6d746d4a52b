# shellcheck shell=bash disable=SC2034,SC2154 # what one file sets, others use
# Where built tools and running state are kept; sourced by the scripts of dev/.

dev=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${SCAP_DEV_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scap-dev}
state=$(realpath -m "${SCAP_DEV_STATE:-${XDG_RUNTIME_DIR:-$cache}/scap-dev-state}")
tools=(etcd kwok helm kubernetes helmfile)

fail() {
    printf 'Error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf 'Hint: %s\n' "$2" >&2
    exit 1
}

# The folder of a tool's programs; another go.mod or go.sum is another folder.
tool_dir() {
    printf '%s/tools/%s-%.16s\n' "$cache" "$1" "$(cat "$dev/tools/$1"/go.{mod,sum} | sha256sum)"
}

# Puts every tool on PATH, before what the machine has.
use_tools() {
    local tool folder
    for tool in "${tools[@]}"; do
        folder=$(tool_dir "$tool")
        [ -d "$folder" ] || fail "\`$tool\` has not been built" "run \`dev/build\` first"
        PATH=$folder:$PATH
    done
    export PATH
}
