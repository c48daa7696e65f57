# Globs of functions, on every kind: `func` tells which it was.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
for kind in kprobe kretprobe func fentry fexit; do
    cat >"configs/case-glob-$kind.yaml" <<YAML
version: 1
probes:
  - name: link
    hook: "$kind:vfs_*link"
    fields: [pid, func]
YAML
    start "case-glob-$kind" -o json
    grep '^link:' "$T/err"
    touch "$T/gone"
    become "$programs/unlink_file" "$T/gone" >"$T/said"
    stop
    events 1 probe=link func=vfs_unlink "pid=$pid"
    is "$kind: nothing is left out" '' "$(grep -e 'left out' -e 'calls' "$T/err")"
done
