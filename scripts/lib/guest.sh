# Sourced by scripts/vm: one guest, from the files it needs to the verdict it gives.
#
# In: a kernel of the cache and a command. Out: the command's output and exit code; the console's
# log on standard error when the guest gave no verdict. The guest has no network and no disk but
# the compiler's, which is read-only.
# shellcheck shell=bash disable=SC2154 # $root and $cache: common.sh, kernel.sh

target=x86_64-unknown-linux-gnu
build=$root/target/vm

# The static `runner` for the guests; prints its path. RUNNER_VM_RUNNER takes the place of it.
guest_runner() {
    if [ -n "${RUNNER_VM_RUNNER:-}" ]; then
        [ -x "$RUNNER_VM_RUNNER" ] || die "\`$RUNNER_VM_RUNNER\` is not executable"
        printf '%s\n' "$RUNNER_VM_RUNNER"
        return
    fi
    need cargo gcc
    say "vm: building runner"
    local quiet=-q
    [ ! -t 2 ] || quiet=
    # With --target the flags reach the binary alone, not build scripts and procedural macros.
    (cd "$root" && RUSTFLAGS='-C target-feature=+crt-static' CARGO_TARGET_DIR=$build \
        cargo build $quiet --locked --release --bin runner --target "$target") >&2 ||
        die "failed to build \`runner\` for the guests"
    local binary=$build/$target/release/runner
    if readelf -lW "$binary" | grep -q ' INTERP '; then
        die "\`$binary\` is not a static program"
    fi
    printf '%s\n' "$binary"
}

# The test programs, static unless they say that they are not; prints the folder they are in.
guest_programs() {
    need gcc
    local source out dir=$build/programs
    mkdir -p "$dir"
    for source in "$root"/runner/tests/programs/*.c; do
        out=$dir/$(basename "$source" .c)
        [ "$out" -nt "$source" ] && continue
        local link=-static
        ! grep -q 'dynamically linked' "$source" || link=
        # shellcheck disable=SC2086 # nothing, where it is empty
        gcc -std=gnu11 -Wall -Wextra -Werror -O1 $link -o "$out.$$" "$source" ||
            die "failed to build \`$source\`"
        mv -f "$out.$$" "$out"
    done
    printf '%s\n' "$dir"
}

# Copies this machine's rustc and the libraries it needs into the folder $1. No `std` goes with
# it: probes are built against their own core.
copy_toolchain() {
    local dir=$1 sysroot=$2 library
    mkdir -p "$dir/bin" "$dir/lib/rustlib" "$dir/system"
    cp "$sysroot/bin/rustc" "$dir/bin/"
    cp -P "$sysroot"/lib/*.so* "$dir/lib/"
    ldd "$sysroot/bin/rustc" | grep -o '/[^ ]*' | while read -r library; do
        case $library in
        "$sysroot"/*) ;;
        *) cp -L "$library" "$dir/system/" ;;
        esac
    done
}

# The disk image with rustc, one for each toolchain; prints its path.
toolchain_image() (
    need rustc mke2fs flock
    version=$(cd "$root" && rustc -vV) || die "\`rustc -vV\` failed"
    image=$cache/rustc-$(sha256sum <<<"$version" | head -c 16).ext4
    if [ ! -e "$image" ]; then
        mkdir -p "$cache"
        exec 9>"$image.lock"
        flock 9
    fi
    if [ ! -e "$image" ]; then
        say "vm: packing $(head -n 1 <<<"$version")"
        tmp=$(mktemp -d "$cache/.new-XXXXXX")
        trap 'rm -rf "$tmp"' EXIT
        copy_toolchain "$tmp/files" "$(cd "$root" && rustc --print sysroot)"
        size=$(($(du -sk "$tmp/files" | cut -f 1) * 11 / 10 + 4096))
        mke2fs -q -t ext4 -O '^has_journal' -m 0 -d "$tmp/files" "$tmp/image" "${size}k"
        mv "$tmp/image" "$image"
    fi
    printf '%s\n' "$image"
)

# Writes the arguments as one line that any POSIX shell takes apart again.
quoted() {
    local word
    for word; do printf "'%s' " "${word//\'/\'\\\'\'}"; done
    printf '\n'
}

# Lays the guest's files out below $1; what follows is the command, none for a shell.
# RUNNER_VM_ADD names files and folders (one a line) to put into the guest's working directory.
lay_out() {
    local dir=$1 runner programs extra
    shift
    runner=$(guest_runner)
    programs=$(guest_programs)
    mkdir -p "$dir"/{bin,dev,etc,proc,root,run,sys,tmp,toolchain,programs}
    cp "$(command -v busybox)" "$dir/bin/busybox"
    cp "$root/scripts/guest/init" "$dir/init"
    cp "$runner" "$dir/bin/runner"
    cp "$programs"/* "$dir/programs/"
    # A shell to watch, and what it needs beside the compiler's libraries.
    cp "$(command -v bash)" "$dir/bin/bash"
    mkdir -p "$dir/lib"
    ldd "$dir/bin/bash" | grep -o '/[^ ]*libtinfo[^ ]*' | while read -r library; do
        cp -L "$library" "$dir/lib/"
    done
    cp -r "$root/scripts/guest" "$dir/root/guest"
    [ ! -d "$root/configs" ] || cp -r "$root/configs" "$dir/root/configs"
    while read -r extra; do
        [ -z "$extra" ] || cp -rL "$extra" "$dir/root/"
    done <<<"${RUNNER_VM_ADD:-}"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$dir/etc/passwd"
    [ "$#" -eq 0 ] || quoted "$@" >"$dir/etc/command"
}

# Starts QEMU on the files laid out in $2/files with kernel $1; what follows are more options.
# It ends after $limit seconds, if that is set.
# `norandmaps`: with programs at the same addresses each time, QEMU finds its translations again,
# and a second rustc takes 0.3 s instead of 1.9. The kernel's own addresses stay random.
# `-cx16`: QEMU 7.2 leaves garbage in the flags after CMPXCHG16B, with which the kernel's slab
# allocator works: 11 of 80 boots of 6.12 ended in an oops with it, 0 of 80 without.
boot() {
    local kernel=$1 work=$2
    shift 2
    need qemu-system-x86_64 cpio busybox
    (cd "$work/files" && find . | cpio -o -H newc -R 0:0 --quiet >"$work/initrd")
    # One thread for all processors of a guest: with several, one processor may still execute the
    # breakpoint that another has just replaced while the kernel patches its code, which is a panic
    # (int3 in syscall_trace_enter, seen once in some ten runs of the guests).
    exec ${limit:+timeout --foreground -k 5 "$limit"} qemu-system-x86_64 -accel tcg,thread=single -cpu max,-cx16 -smp 2 \
        -m "${RUNNER_VM_MEMORY:-2G}" -nodefaults -no-user-config -display none -no-reboot \
        -rtc base=utc -kernel "$(kernel_dir "$kernel")/vmlinuz" -initrd "$work/initrd" \
        -append "console=ttyS0 quiet panic=-1 oops=panic norandmaps ${RUNNER_VM_APPEND:-}" \
        -drive "file=$(toolchain_image),if=none,id=rustc,format=raw,readonly=on" \
        -device nvme,drive=rustc,serial=rustc "$@"
}

# Runs a command in a guest with kernel $1. Its output and exit code become this function's; 125
# says that the guest gave no verdict. Ends the script, so that a signal to it ends the guest.
run_guest() {
    kernel=$1 limit=${RUNNER_VM_TIMEOUT:-600} late=
    shift
    fetch_kernel "$kernel"
    toolchain_image >/dev/null
    work=$(mktemp -d "${TMPDIR:-/tmp}/runner-vm-XXXXXX")
    trap '[ -z "${guest:-}" ] || kill "$guest" 2>/dev/null; rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    lay_out "$work/files" "$@"
    : >"$work/out"
    : >"$work/err"
    (boot "$kernel" "$work" -serial "file:$work/console" -serial "file:$work/out" \
        -serial "file:$work/err") </dev/null >"$work/qemu" 2>&1 &
    guest=$!
    tail -q -n +1 -s 0.2 --pid="$guest" -f "$work/out" &
    tail -q -n +1 -s 0.2 --pid="$guest" -f "$work/err" >&2 &
    code=0
    wait "$guest" || code=$?
    guest=
    [ "$code" -ne 124 ] || late=" after $limit s"
    wait || true
    code=$(sed -n 's/^runner-vm: exit \([0-9]*\)\r*$/\1/p' "$work/console" 2>/dev/null | tail -n 1)
    [ -z "$code" ] || exit "$code"
    echo "vm: kernel $kernel: no verdict$late" >&2
    sed 's/^/  console: /' "$work/console" "$work/qemu" >&2 || true
    exit 125
}

# An interactive prompt on the guest's console. Ctrl-A X ends the guest.
shell_guest() (
    fetch_kernel "$1"
    toolchain_image >/dev/null
    work=$(mktemp -d "${TMPDIR:-/tmp}/runner-vm-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    lay_out "$work/files"
    (boot "$1" "$work" -serial mon:stdio)
)
