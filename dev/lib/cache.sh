# shellcheck shell=bash disable=SC2034,SC2154 # what one file sets, others use
# Where built tools and running state are kept; sourced by the scripts of dev/.

dev=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${SCAP_DEV_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scap-dev}
state=$(realpath -m "${SCAP_DEV_STATE:-${XDG_RUNTIME_DIR:-$cache}/scap-dev-state}")
tools=(debian opensearch programs etcd kwok helm kubernetes helmfile)

fail() {
    printf 'Error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf 'Hint: %s\n' "$2" >&2
    exit 1
}

# Where a tool is described, or its sources are.
tool_source() {
    [ "$1" = programs ] && echo "$dev/programs" || echo "$dev/tools/$1"
}

# The folder of a tool's programs; anything that changes in its source is another folder.
tool_dir() {
    local hash
    hash=$(cd "$(tool_source "$1")" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
    printf '%s/tools/%s-%.16s\n' "$cache" "$1" "$hash"
}

# Puts every tool on PATH, before what the machine has.
use_tools() {
    local tool folder
    for tool in "${tools[@]}"; do
        folder=$(tool_dir "$tool")
        [ -d "$folder" ] || fail "\`$tool\` has not been built" "run \`dev/build\` first"
        [ -d "$folder/bin" ] && PATH=$folder/bin:$PATH || PATH=$folder:$PATH
    done
    export PATH
}
