# shellcheck shell=bash # Programs that come as Debian packages; sourced after cache.sh by the scripts of dev/.

missing=()

# need PROGRAM PACKAGE: the package is installed by `install_missing` if the program is missing.
need() { command -v "$1" >/dev/null || missing+=("$2"); }

install_missing() {
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || fail "not installed: ${missing[*]}" "as root: apt-get install -y --no-install-recommends ${missing[*]}"
    command -v apt-get >/dev/null || fail "not installed: ${missing[*]}" "install them with this machine's package manager"
    apt-get update -q
    apt-get install -q -y --no-install-recommends "${missing[@]}"
}
