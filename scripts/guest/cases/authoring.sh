# `init` for functions of this kernel, drawn from what `list` lists: what it writes is loaded and
# attached. The functions are the same ones each time, and others on each kernel: 200 of each kind on
# the four kernels together, since one alone takes five minutes for so many.
# shellcheck shell=sh disable=SC2154,SC2086 # $T, $runner: see lib.sh; a list of names
HOOKS=50
BATCH=50
seed=$(uname -r | tr -cd 0-9 | cut -c1-6)

# draw FILE: $HOOKS lines of it, spread over all, without those that are marked.
draw() {
    grep -v '	' "$1" | awk -v wanted="$HOOKS" -v seed="$seed" '
        { line[NR] = $0 }
        END {
            srand(seed)
            for (n = 0; n < wanted && n < NR; n++) {
                at = n + 1 + int(rand() * (NR - n))
                print line[at]
                line[at] = line[n + 1]
            }
        }'
}

for kind in kprobe kretprobe fentry fexit func; do
    "$runner" list "$kind:*" >"$T/all" 2>"$T/err"
    draw "$T/all" >"$T/drawn"
    is "$kind: hooks drawn" "$HOOKS" "$(wc -l <"$T/drawn")"
    rm -f "$T"/part*
    awk -v size="$BATCH" -v name="$T/part" '{ print >(name int((NR - 1) / size)) }' "$T/drawn"
    for part in "$T"/part*; do
        "$runner" init --force -o "$T/drafted.yaml" $(cat "$part") >"$T/out" 2>"$T/err"
        code=$?
        is "$kind: $(basename "$part") is drafted" 0 "$code"
        [ "$code" -eq 0 ] || show "$T/err" stderr
        "$runner" -c "$T/drafted.yaml" -o json -- true >"$T/out" 2>"$T/err"
        code=$?
        is "$kind: $(basename "$part") runs" 0 "$code"
        [ "$code" -eq 0 ] || show "$T/err" stderr
        grep -q '^runner: attached' "$T/err"
        is "$kind: $(basename "$part") is attached" 0 "$?"
    done
done
