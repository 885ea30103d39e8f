#!/usr/bin/env bash
# Sets up what is missing, builds, and runs: ./src/run.sh serve|demo|schema|backup [options], ./src/run.sh --help
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

case "${1:-}" in
    serve | demo) "$here/setup.sh" ffmpeg:ffmpeg ffprobe:ffmpeg setpriv:util-linux bwrap:bubblewrap ;;
esac
# The demonstration brings a PostgreSQL server of its own; Debian keeps its programs in a folder that is on nobody's path.
if [ "${1:-}" = demo ] && [[ " $* " == *postgres* ]] && ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
    "$here/setup.sh" postgres:postgresql
fi

project=$here/Host program=SnapshotTasks.Host
if [ "${1:-}" = demo ]; then
    project=$here/../tests/Demo program=SnapshotTasks.Demo
    shift
fi
echo "Building …" >&2
log=$(mktemp)
if ! dotnet build "$project" -c Release -v quiet --nologo >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    exit 1
fi
rm -f "$log"
exec dotnet "$project/bin/Release/net10.0/$program.dll" "$@"
