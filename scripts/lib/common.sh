# Sourced by the scripts beside it: where the repository is, and how a script speaks.
# Sets: root. Defines: say, die, need. Prints nothing by itself.
# shellcheck shell=bash disable=SC2034 # used by those that source this

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Progress, for a person only: nothing in a log or a pipe.
say() {
    if [ -t 2 ]; then printf '%s\n' "$*" >&2; fi
}

# The script cannot go on. 125 is kept apart from what a command in the guest may return.
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 125
}

# Every tool named must be there.
need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || die "\`$tool\` is missing: run scripts/setup"
    done
}
