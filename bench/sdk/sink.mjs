// Stands for a Daybook elsewhere: takes every event, at next to no cost on the cores that are measured. Says its port.
import http from 'node:http';

const server = http.createServer((request, response) => {
  let accepted = 0;
  request.on('data', (chunk) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) accepted++;
  });
  request.on('end', () => response.end(JSON.stringify({ accepted, duplicates: [], rejected: [], receipts: [] })));
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.once('data', () => process.exit());
