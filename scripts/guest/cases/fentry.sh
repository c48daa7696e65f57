# `fentry` and `fexit`: the arguments at both ends, the return value at the second; `func` tells
# which function it was.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
cat >configs/case-fentry.yaml <<'YAML'
version: 1
probes:
  - name: entered
    hook: ["fentry:do_unlinkat", "fentry:filename_unlinkat"]
    fields: [pid, dfd, {filename: name->name}]
  - name: left
    hook: ["fexit:do_unlinkat", "fexit:filename_unlinkat"]
    where: retval < 0
    fields: [pid, dfd, {ret: retval}, func]
YAML
start case-fentry -o json
become "$programs/unlink_file" "$T/never-there" >"$T/said"
stop
is 'the trigger' -2 "$(cat "$T/said")"
events 1 probe=entered "filename=$T/never-there" dfd=-100 "pid=$pid"
events 1 probe=left dfd=-100 ret=-2 "pid=$pid"
grep -q '"func":"\(do\|filename\)_unlinkat"' "$T/out"
is 'func is the function' 0 "$?"
