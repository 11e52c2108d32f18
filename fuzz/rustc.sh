#!/bin/sh
# Compiles our parsers and the targets so that libFuzzer sees which branches an input takes, on stable
# Rust; everything else is compiled as usual.
rustc="$1"
shift
case " $* " in
*" --crate-name telephony "* | *" --crate-name domain "* | *" --crate-name toml "* | *" --crate-name planning "* | *"/targets/"*)
    exec "$rustc" "$@" -Copt-level=1 -Cpasses=sancov-module \
        -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
        -Cllvm-args=-sanitizer-coverage-pc-table \
        -Cllvm-args=-sanitizer-coverage-trace-compares
    ;;
*) exec "$rustc" "$@" ;;
esac
