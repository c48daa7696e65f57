# A glob over a library: one link where the kernel has uprobe.multi, one a place where it has not.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
cat >configs/case-user-glob.yaml <<'YAML'
version: 1
probes:
  - name: alloc
    hook: "uprobe:libc:*alloc"
    fields: [pid, func, {size: arg0}]
  - name: call
    hook: "ufunc:libc:*alloc"
    where: retval != 0
    fields: [pid, func, {size: arg0}]
YAML
start case-user-glob -o json
become "$programs/allocate" 1234567
stop
events 1 probe=alloc func=malloc size=1234567 "pid=$pid"
events 1 probe=call func=malloc size=1234567 "pid=$pid"
