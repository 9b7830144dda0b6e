// `node get-load.mjs '{"port":…,"path":…,"connections":…,"requests":…}'`: keep-alive GETs as fast as answers come; says the seconds.
import net from 'node:net';

const { port, path, connections, requests } = JSON.parse(process.argv[2] ?? '{}');
const request = Buffer.from(
  `GET ${path} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench/1.0 (X11; Linux x86_64)\r\nAccept: application/json\r\n\r\n`,
);
let left = requests;
let open = connections;
const began = performance.now();
for (let i = 0; i < connections; i++) {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  let need = -1;
  const ask = () => {
    if (left-- > 0) socket.write(request);
    else socket.end();
  };
  socket.on('connect', ask);
  socket.on('data', (bytes) => {
    if (need < 0) {
      const head = bytes.indexOf('\r\n\r\n');
      need = head + 4 + Number(/content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1] ?? 0);
    }
    need -= bytes.length;
    if (need > 0) return;
    need = -1;
    ask();
  });
  socket.on('close', () => {
    if (--open === 0) console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));
  });
}
