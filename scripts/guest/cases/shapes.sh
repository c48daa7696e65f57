# Every shape of the kernel's structures, against values that a program sets.
# shellcheck shell=sh disable=SC2154 # $T, $runner: see lib.sh
"$runner" test guest/shapes.yaml >"$T/out" 2>"$T/err"
is 'the tests of shapes.yaml pass' 0 "$?"
show "$T/out" stdout
show "$T/err" stderr
is 'one test was run' 1 "$(grep -c '^1 test: 1 passed' "$T/out")"
