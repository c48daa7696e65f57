# A function that is there and that the kernel does not let be probed: the config's line is named.
# shellcheck shell=sh disable=SC2154 # $T, $runner: see lib.sh
cat >"$T/refused.yaml" <<'EOF'
version: 1
probes:
  - name: refused
    hook: kprobe:notify_die
    fields: [pid]
EOF
"$runner" -c "$T/refused.yaml" >"$T/out" 2>"$T/err"
is 'ends with 4' 4 "$?"
is 'names the place' 1 "$(grep -c 'refused.yaml:4:11' "$T/err")"
is 'says why' 1 "$(grep -c 'does not let this function be probed' "$T/err")"
is 'never attached' 0 "$(grep -c '^runner: attached' "$T/err")"
