// Waits until the server that systemd has just started answers: only then is the start over, for `systemctl start`, for units ordered after this one,
// and for the signing key, whose readable copy goes with the start. systemd bounds the wait (TimeoutStartSec).
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 200;
const listen = process.env.DAYBOOK_LISTEN || '127.0.0.1:7717';
const port = listen.slice(listen.lastIndexOf(':') + 1);
const wildcard = /^(0\.0\.0\.0|\[::\]):/.test(listen);
const url = `http://${wildcard ? `127.0.0.1:${port}` : listen}/healthz`;
const server = Number(process.env.MAINPID);

for (;;) {
  const answer = await fetch(url).catch(() => undefined);
  if (answer?.ok) break;
  if (!isAlive(server)) {
    console.error('the server ended before it answered; its own lines say why');
    process.exit(1);
  }
  await pause(LOOK_MS);
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
