# A function that calls itself: every return goes to its own entry, by either mechanism. The kernel
# looks for circles of epoll descriptors that way, and an argument tells the depth.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
depth=depth
case $(uname -r) in 5.10.*) depth=call_nests ;; esac
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
    become "$programs/nested_epoll" 4
    stop
    # Each descriptor that is added makes one more search, through one more; they end from within.
    depths='0 1 0 2 1 0 3 2 1 0 ' missed=
    case $how,$(uname -r) in
    kprobe,5.10.*)
        # Linux 5.10 follows as many calls of a function to their returns as there are processors,
        # two. What is deeper shows nothing, and is never taken for another call.
        depths='0 1 0 1 0 1 0 '
        missed='1 calls left out: only one end of them was seen'
        missed="$missed, 2 calls had not returned, or their return was missed"
        ;;
    esac
    grep "\"pid\":$pid," "$T/out" | sed 's/.*"depth":\([0-9]*\).*/\1/' | tr '\n' ' ' >"$T/depths"
    is "$how: depths as they end" "$depths" "$(cat "$T/depths")"
    is "$how: calls that could not be paired" "$missed" \
        "$(sed -n 's/^  check: //p' "$T/err" | tr '\n' ',' | sed 's/,$//; s/,\([0-9]\)/, \1/')"
done
