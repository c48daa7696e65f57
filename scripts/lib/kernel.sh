# Sourced by scripts/vm: real kernels, from Debian's archive into the cache.
#
# In: a kernel's short version. Out: a folder of the cache with `vmlinuz`, `release` and, after
# `kernel_btf`, `btf`. Nothing is installed and the machine's own apt state is left alone.
# Safe under concurrent runs: one lock a kernel, and a folder appears whole or not at all.
# shellcheck shell=bash disable=SC2016 # $(…) that apt expands

kernels=(5.10 6.1 6.12 7.2)
cache=${RUNNER_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/runner-vm}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

suite_of() {
    case $1 in
    5.10) echo bullseye ;;
    6.1) echo bookworm ;;
    6.12) echo trixie ;;
    7.2) echo forky ;;
    *) die "unknown kernel \`$1\`; there are: ${kernels[*]}" ;;
    esac
}

kernel_dir() { printf '%s/kernels/%s' "$cache" "$1"; }

# What tells snapshots apart that different runners made: the code that reads and writes them.
snapshot_key() {
    cat "$root"/runner/src/facts/{mod,live,symbols}.rs "$root"/runner/src/facts/recorded/*.rs |
        sha256sum | head -c 12
}

# The mirrors to try: those this machine uses, then the usual ones. A suite leaves the mirrors for
# the archive some time after its support has ended.
mirrors() {
    {
        apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
            sed -n 's,/debian/*$,/debian,p'
        echo http://deb.debian.org/debian
        echo http://archive.debian.org/debian
    } | awk '!seen[$0]++'
}

# apt with its own sources, lists and cache below the folder $1.
private_apt() {
    local dir=$1
    shift
    APT_CONFIG=$dir/apt.conf "$@"
}

# Fills the folder $1 with the package lists of the suite $2.
open_suite() {
    local dir=$1 suite=$2 mirror signed=
    [ ! -e "$keyring" ] || signed="signed-by=$keyring "
    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
    : >"$dir/status"
    cat >"$dir/apt.conf" <<EOF
Dir::Etc::SourceList "$dir/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$dir/lists";
Dir::State::status "$dir/status";
Dir::Cache "$dir/cache";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
EOF
    while read -r mirror; do
        echo "deb [${signed}arch=amd64] $mirror $suite main" >"$dir/sources.list"
        if private_apt "$dir" apt-get -q update </dev/null >>"$dir/log" 2>&1; then return 0; fi
    done < <(mirrors)
    cat "$dir/log" >&2
    die "failed to read the package list of \`$suite\`"
}

# The newest package of the opened suite $1 that holds an image of kernel $2. Where the image is a
# package of its own (`linux-binary-`), `linux-image-` only depends on it.
pick_package() {
    local dir=$1 version=${2//./\\.} pattern name
    for pattern in "linux-binary-$version\\." "linux-image-$version\\." \
        'linux-binary-[0-9]' 'linux-image-[0-9]'; do
        name=$(private_apt "$dir" apt-cache pkgnames | grep -E "^$pattern.*-cloud-amd64\$" |
            sort -V | tail -n 1) || true
        if [ -n "$name" ]; then
            printf '%s' "$name"
            return 0
        fi
    done
    return 1
}

# Downloads the kernel $1 into the new folder $2.
download_kernel() {
    local kernel=$1 dir=$2 suite package image release
    suite=$(suite_of "$kernel")
    open_suite "$dir" "$suite"
    package=$(pick_package "$dir" "$kernel") || die "\`$suite\` has no cloud kernel"
    say "vm: fetching $package"
    if ! (cd "$dir" && private_apt "$dir" apt-get -q download "$package") \
        </dev/null >>"$dir/log" 2>&1; then
        cat "$dir/log" >&2
        die "failed to download \`$package\`"
    fi
    mkdir "$dir/x" "$dir/done"
    dpkg-deb --fsys-tarfile "$dir"/linux-*.deb | tar -x -C "$dir/x" --wildcards '*/vmlinuz*'
    image=$(find "$dir/x" -type f -name 'vmlinuz*')
    [ -f "$image" ] || die "\`$package\` holds no kernel image"
    case $image in
    */vmlinuz) release=$(basename "$(dirname "$image")") ;; # usr/lib/modules/RELEASE/vmlinuz
    *) release=${image##*/vmlinuz-} ;;                      # boot/vmlinuz-RELEASE
    esac
    case $release in
    "$kernel".*) ;;
    *) echo "vm: \`$suite\` has no kernel $kernel any more; $release stands in for it" >&2 ;;
    esac
    mv "$image" "$dir/done/vmlinuz"
    printf '%s\n' "$release" >"$dir/done/release"
}

# Makes sure that the kernel $1 is in the cache.
fetch_kernel() (
    dir=$(kernel_dir "$1")
    [ ! -e "$dir/vmlinuz" ] || exit 0
    need apt-get dpkg-deb flock
    mkdir -p "$cache/kernels"
    exec 9>"$cache/kernels/.lock-$1"
    flock 9
    [ ! -e "$dir/vmlinuz" ] || exit 0
    tmp=$(mktemp -d "$cache/kernels/.new-XXXXXX")
    trap 'rm -rf "$tmp"' EXIT
    download_kernel "$1" "$tmp"
    rm -rf "$dir"
    mv -T "$tmp/done" "$dir"
)

# Prints the little-endian number of $3 bytes at offset $2 of the file $1.
number_at() {
    od -A n -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# Unpacks the bzImage $1 into the ELF file $2. The boot header (Documentation/x86/boot.rst) says
# where the packed kernel stands, so that nothing has to be guessed.
unpack_image() {
    local image=$1 out=$2 start length magic
    start=$((($(number_at "$image" 0x1f1 1) + 1) * 512 + $(number_at "$image" 0x248 4)))
    length=$(number_at "$image" 0x24c 4)
    tail -c "+$((start + 1))" "$image" | head -c "$length" >"$out.packed" || true
    magic=$(od -A n -t x1 -N 4 "$out.packed" | tr -d ' ')
    # All but gzip are followed by the unpacked size, four bytes that the tools would stumble over.
    case $magic in
    1f8b*) gzip -dc <"$out.packed" >"$out" ;;
    fd377a58) head -c -4 "$out.packed" | xz -dc >"$out" ;;
    28b52ffd) head -c -4 "$out.packed" | zstd -dcq >"$out" ;;
    02214c18) head -c -4 "$out.packed" | lz4 -dcq >"$out" ;;
    *) die "\`$image\` is packed in an unknown way ($magic)" ;;
    esac
    rm -f "$out.packed"
}

# Makes sure that the BTF of the kernel $1 is in the cache; prints its path.
kernel_btf() (
    fetch_kernel "$1"
    dir=$(kernel_dir "$1")
    if [ ! -e "$dir/btf" ]; then
        need objcopy xz zstd gzip lz4
        tmp=$(mktemp -d "$dir/.new-XXXXXX")
        trap 'rm -rf "$tmp"' EXIT
        unpack_image "$dir/vmlinuz" "$tmp/vmlinux"
        # objcopy also writes a stripped copy of its input, which nobody wants.
        objcopy --dump-section ".BTF=$tmp/btf" "$tmp/vmlinux" "$tmp/copy" ||
            die "kernel $1 has no BTF"
        mv -f "$tmp/btf" "$dir/btf"
    fi
    printf '%s\n' "$dir/btf"
)
