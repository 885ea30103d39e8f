#!/usr/bin/env bash
# Kills, freezes, cuts off and steers real hosts under load, and checks what their clients were told:
# campaign.sh [--store sqlite|postgres] [--kills N] [--seed N]. The last line is "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

src/setup.sh ffmpeg:ffmpeg ffprobe:ffmpeg setpriv:util-linux bwrap:bubblewrap || exit 1
# Debian keeps the server's programs in a folder of their own, which is on nobody's path.
[[ " $* " != *" postgres "* ]] || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || src/setup.sh postgres:postgresql || exit 1
echo "Building …"
dotnet build tests/Campaign/Campaign.csproj -c Release -v quiet --nologo || exit 1
exec dotnet tests/Campaign/bin/Release/net10.0/SnapshotTasks.Campaign.dll "$@"
