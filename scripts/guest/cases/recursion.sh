# A function that calls itself: every return goes to its own entry, by either mechanism. The kernel
# looks for circles of epoll descriptors that way, and an argument tells the depth.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
depth=depth
case $(uname -r) in 5.10.*) depth=call_nests ;; esac
all='0 1 0 2 1 0 3 2 1 0 '
cat >configs/case-recursion.yaml <<YAML
version: 1
probes:
  - name: check
    hook: func:ep_loop_check_proc
    fields: [pid, {depth: $depth}, {ret: retval}, latency]
YAML
for how in fentry kprobe; do
    case $how in
    fentry) start case-recursion -o json ;;
    kprobe) start case-recursion -o json --btf /sys/kernel/btf/vmlinux ;;
    esac
    expected=$all
    # Linux 5.10 without preemption follows as many calls of a kretprobe at a time as there are
    # processors, here two: of deeper ones no return is seen.
    case $how-$(uname -r) in kprobe-5.10.*) expected='0 1 0 1 0 1 0 ' ;; esac
    become "$programs/nested_epoll" 4
    stop
    # Each descriptor that is added makes one more search, through one more; they end from within.
    grep "\"pid\":$pid," "$T/out" | sed 's/.*"depth":\([0-9]*\).*/\1/' | tr '\n' ' ' >"$T/depths"
    is "$how: depths as they end" "$expected" "$(cat "$T/depths")"
    grep -c 'calls left out' "$T/err" >"$T/unpaired"
    is "$how: every call is paired" 0 "$(cat "$T/unpaired")"
done
