// Waits until the server that systemd has just started listens: only then is the start over, for `systemctl start`, for units ordered after this one,
// and for the signing key, whose readable copy goes with the start. The server says so by the file that it leaves for its own user, whatever address it
// was told; a file of an earlier process that was killed bears another number. systemd bounds the wait (TimeoutStartSec).
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 200;
const file = `${process.env.DAYBOOK_DATA}/control/local.json`;
const server = Number(process.env.MAINPID);

while (listeningPid() !== server) {
  if (!isAlive(server)) {
    console.error('the server ended before it listened; its own lines say why');
    process.exit(1);
  }
  await pause(LOOK_MS);
}

function listeningPid() {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).pid;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
