# `doctor` on this kernel: nothing that is needed is missing, kprobes and fentry are there, and the
# configs of the gallery are told which hook they run by.
# shellcheck shell=sh disable=SC2154 # $T, $runner: see lib.sh
"$runner" doctor configs/unlink.yaml configs/sock-alloc.yaml >"$T/out" 2>"$T/err"
code=$?
is 'nothing is missing' 0 "$code"
[ "$code" -eq 0 ] || show "$T/out" stdout
for what in kernel privileges lockdown BTF tracefs kprobe fentry uprobe rustc program cache; do
    grep -q "^ok  *$what  " "$T/out"
    is "$what" 0 "$?"
done
case $(uname -r) in
5.* | 6.1.*) word=limit ;;
*) word=ok ;;
esac
is 'kprobe.multi' "$word" "$(awk '$2 == "kprobe.multi" { print $1 }' "$T/out")"
case $(uname -r) in
7.*) hook=func:filename_unlinkat ;;
*) hook=func:do_unlinkat ;;
esac
grep -q "^ok .*configs/unlink.yaml: unlink by $hook" "$T/out"
is "unlink runs by $hook" 0 "$?"
