# Offsets that are no instruction of the function are refused.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
refused() {
    printf 'version: 1\nprobes:\n  - name: at\n    hook: "kprobe:%s"\n    fields: [pid]\n' "$1" \
        >configs/case-offset.yaml
    "$runner" -c configs/case-offset.yaml --for 1s >"$T/out" 2>"$T/err"
    is "$1 is refused" "$2" "$?"
    grep -q "$3" "$T/err"
    is "$1: the reason" 0 "$?"
}
refused vfs_unlink+0x100000 2 'is outside of it'
refused vfs_unlink+2 4 'no instruction that can be probed begins'
