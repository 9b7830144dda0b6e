#!/bin/sh
# Installs or upgrades Daybook as a systemd service, as root: `packaging/systemd/install.sh [TARBALL…]`. Tarballs are those of `npm run pack`; without any
# the released packages are installed. Never touches a key, a token or data that is there already. Needs Node 20.19 or newer, with npm, where the
# service finds it (/usr/bin or /usr/local/bin).
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
program=/opt/daybook
settings=/etc/daybook

[ "$(id -u)" = 0 ] || { echo "run this as root" >&2; exit 1; }
[ $# -gt 0 ] || set -- daybook @daybook/server

install -d -m 0755 "$program" "$settings"
npm install --prefix "$program" --ignore-scripts --omit=dev --no-audit --no-fund "$@"
install -m 0644 "$here/await-start.mjs" "$program/await-start.mjs"
ln -sf "$program/node_modules/daybook/bin/daybook.js" /usr/local/bin/daybook

install -D -m 0644 "$here/daybook.sysusers" /usr/lib/sysusers.d/daybook.conf
systemd-sysusers daybook.conf

# Made here, by root, so that the service never may read the file.
umask 077
if [ ! -e "$settings/signing.key" ]; then
  node -e 'process.stdout.write(require("node:crypto").generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }))' >"$settings/signing.key.new"
  mv -n "$settings/signing.key.new" "$settings/signing.key"
  echo "made $settings/signing.key: keep a copy of it away from this machine and from backups of the data"
fi
if [ ! -e "$settings/daybook.env" ]; then
  {
    echo "# Settings of the service: docs/reference/settings.md. Root reads this file, nobody else."
    echo "DAYBOOK_ADMIN_TOKEN=$(node -p 'require("node:crypto").randomBytes(32).toString("base64url")')"
    echo "# Frozen at the first start."
    echo "DAYBOOK_ORIGIN=$(hostname -f 2>/dev/null || hostname)"
    echo "# The one setting that makes the record evidence against root of this machine:"
    echo "#DAYBOOK_CHECKPOINT_SINK=https://elsewhere.example/checkpoints"
  } >"$settings/daybook.env"
  echo "made $settings/daybook.env with an admin token"
fi

install -m 0644 "$here/daybook.service" /etc/systemd/system/daybook.service
echo "installed; next: systemctl daemon-reload && systemctl enable --now daybook"
