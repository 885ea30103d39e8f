#!/usr/bin/env bash
# Sets up what is missing, builds, runs every test; the last line is "N passed, N failed, N skipped".
# run.sh fast: the domain, the store contract in memory and on SQLite, and the wire, in under a minute and without ffmpeg and PostgreSQL.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.." || exit 1

fast=
if [ "${1:-}" = fast ]; then
    fast=yes
    shift
fi
# A validator of JSON Schema that is none of ours; a module, so it is asked for by its package.
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || src/setup.sh python3-jsonschema:python3-jsonschema || exit 1
if [ -z "$fast" ]; then
    src/setup.sh ffmpeg:ffmpeg ffprobe:ffmpeg setpriv:util-linux unshare:util-linux strace:strace prlimit:util-linux bwrap:bubblewrap || exit 1
    # Debian keeps the server's programs in a folder of their own, which is on nobody's path.
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || src/setup.sh postgres:postgresql || exit 1
    [ -x /usr/sbin/pgbouncer ] || src/setup.sh pgbouncer:pgbouncer || exit 1
fi
echo "Building …"
dotnet build Domain.sln -c Release -v quiet --nologo || exit 1

# The classes of a project that are fast; none are all.
only() {
    local class
    case ${fast:+$1} in
        Storage) set -- InMemoryStoreTests SqliteStoreTests TaskJsonTests ;;
        Host) set -- 'Wire*' AuthMatrixTests AuthSignatureTests AuthLockoutTests AuthThrottleTests NullTests ProjectUseTests QueueBoundTests RequestHashTests HealthCheckTests ;;
        *) set -- ;;
    esac
    for class in "$@"; do
        printf '%s\n' -class "SnapshotTasks.Tests.$class"
    done
    # Twenty thousand generated requests are for the whole run.
    [ "$#" -eq 0 ] || printf '%s\n' -class- SnapshotTasks.Tests.WireGeneratedTests
}

passed=0 failed=0 skipped=0 status=0
for project in Domain Storage Host; do
    echo "Running $project.Tests …"
    report=$(mktemp)
    mapfile -t classes < <(only "$project")
    # Each run prints one line of totals; a run that prints none has died and fails the whole.
    "tests/$project.Tests/bin/Release/net10.0/SnapshotTasks.$project.Tests" -noColor "${classes[@]}" "$@" 2>&1 | tee "$report"
    [ "${PIPESTATUS[0]}" -eq 0 ] || status=1
    read -r total broken errors skips < <(sed -nE 's/^.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+),.*$/\1 \3 \2 \4/p' "$report" | tail -n 1)
    rm -f "$report"
    if [ -z "${total:-}" ]; then
        echo "$project.Tests ended without a summary." >&2
        failed=$((failed + 1)) status=1
        continue
    fi
    passed=$((passed + total - broken - skips)) failed=$((failed + broken + errors)) skipped=$((skipped + skips))
    total=
done

# What a run skips it does not prove.
[ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ] || status=1
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
