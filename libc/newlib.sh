#!/bin/bash
# Builds newlib, the user side's C library, once, from the sources that the distribution packages
# (newlib-source on Debian and Ubuntu).
#
#     libc/newlib.sh DIR        headers and libraries go to DIR/x86_64-elf/{include,lib}
#
# CROSS is the prefix of a cross toolchain, as in the Makefile; NEWLIB_TAR names other sources.
# DIR/stamp holds a checksum of all that decides the result, so that a second call does nothing.
#
# Options that matter to the port in libc/:
#   --disable-newlib-supplied-syscalls        the port supplies open, read, sbrk, _exit and the rest
#   --enable-newlib-retargetable-locking      locks are calls to __retarget_lock_*
#   -D__DYNAMIC_REENT__                       the per-thread state is what __getreent() returns;
#                                             programs must be compiled with this as well
set -euo pipefail

if [ $# -ne 1 ]; then
    echo "usage: libc/newlib.sh DIR" >&2
    exit 2
fi
mkdir -p "$1"
dir=$(cd "$1" && pwd)
cross=${CROSS:-}
cc=${cross}gcc
tar=${NEWLIB_TAR:-$(find /usr/src/newlib -name 'newlib-*.tar.xz' 2>/dev/null | sort -V | tail -n 1)}
if [ ! -f "$tar" ]; then
    echo "newlib's sources are missing: run ./setup (package newlib-source) or set NEWLIB_TAR" >&2
    exit 1
fi

flags="-O2 -g0 -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none"
flags="$flags -U_FORTIFY_SOURCE -D__DYNAMIC_REENT__"
options=(
    --target=x86_64-elf
    --disable-multilib
    --disable-libgloss
    --disable-newlib-supplied-syscalls
    --enable-newlib-io-long-long
    --enable-newlib-io-c99-formats
    --enable-newlib-retargetable-locking
)

stamp=$({ cat "$0"; "$cc" --version; sha256sum "$tar"; echo "$cc"; } | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$dir/stamp" 2>/dev/null)" = "$stamp" ]; then
    touch "$dir/stamp"
    exit 0
fi

echo "building newlib, about 40 s, once"
log=$dir/build.log
work=$dir/work
trap 'rm -rf "$work"' EXIT
rm -rf "$work" "$dir/stamp" "$dir/x86_64-elf"
mkdir -p "$work/source" "$work/build"
tar -xf "$tar" -C "$work/source" --strip-components=1

build() {
    cd "$work/build"
    # Sources are named without the build directory, so that assertions read the same everywhere.
    export CFLAGS_FOR_TARGET="$flags -ffile-prefix-map=$work/source=newlib"
    export CC_FOR_TARGET=$cc
    local tool
    for tool in ar as ld nm objcopy objdump ranlib readelf strip; do
        export "${tool^^}_FOR_TARGET=$cross$tool"
    done
    # The jobserver of a make that calls this script is not ours.
    unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CFLAGS LDFLAGS
    ../source/configure "${options[@]}" --prefix="$dir"
    make -j2 all-target-newlib MAKEINFO=true
    make install-target-newlib MAKEINFO=true
}

if ! (build) > "$log" 2>&1 < /dev/null; then
    tail -n 30 "$log" >&2
    echo "newlib did not build; the whole log is in $log" >&2
    exit 1
fi
rm -rf "$dir/share" "$dir/x86_64-elf/share"
echo "$stamp" > "$dir/stamp"
