# `func` by either mechanism: the file name is the entry's, though the kernel has freed it by the
# return; what `where:` asks of the entry and of the return both hold.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
cat >configs/case-func.yaml <<'YAML'
version: 1
probes:
  - name: unlink
    hook: ["func:do_unlinkat", "func:filename_unlinkat"]
    where: dfd == -100 && name->name != "/none" && retval == -2 && latency > 0
    fields: [pid, dfd, {filename: name->name}, {ret: retval}, latency]
  - name: other
    hook: ["func:do_unlinkat", "func:filename_unlinkat"]
    where: name->name == "/none"
    fields: [pid, {ret: retval}]
  - name: alone
    hook: ["func:do_unlinkat", "func:filename_unlinkat"]
    fields: [pid, dfd, {ret: retval}]
YAML
# With types from a file there is no fentry.
for how in fentry kprobe; do
    case $how in
    fentry) start case-func -o json ;;
    kprobe) start case-func -o json --btf /sys/kernel/btf/vmlinux ;;
    esac
    grep '^unlink:' "$T/err" | grep -q "by $how and "
    is "$how is taken" 0 "$?"
    touch "$T/there"
    become "$programs/unlink_file" "$T/never-there" >"$T/said"
    first=$pid
    become "$programs/unlink_file" "$T/there" >>"$T/said"
    stop
    is "$how: the triggers" '-2 0' "$(echo $(cat "$T/said"))"
    events 1 probe=unlink "filename=$T/never-there" dfd=-100 ret=-2 "pid=$first"
    events 0 probe=unlink "pid=$pid"
    events 0 probe=other
    events 1 probe=alone dfd=-100 ret=-2 "pid=$first"
    events 1 probe=alone dfd=-100 ret=0 "pid=$pid"
    is "$how: every call is paired" '' "$(grep 'calls' "$T/err")"
done
