/** The servers of the benchmarks that are in Node, each a process of its own: see servers.js. */
import { createServer } from 'node:net';

const loginAnswer = `{"token":"${'0123456789abcdef'.repeat(4)}"}`;
const orderAnswer = '{"orderId":"o-1234567","status":"confirmed","remaining":41}';

const answerOf = (status, body) =>
  Buffer.from(
    `HTTP/1.1 ${status} X\r\nServer: bench\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\nConnection: keep-alive\r\nX-Instance: bench\r\n\r\n${body}`,
  );
const [login, order] = [answerOf(200, loginAnswer), answerOf(201, orderAnswer)];
const postLogin = Buffer.from('POST /login');
const endOfHead = Buffer.from('\r\n\r\n');
const isLogin = (bytes) => bytes.compare(postLogin, 0, postLogin.length, 0, postLogin.length) === 0;

/** Answers every read, which is a whole request of the tools here. */
function sink() {
  let requests = 0;
  process.on('message', () => process.send(requests));
  return (socket) =>
    socket.on('data', (bytes) => {
      requests += 1;
      socket.write(isLogin(bytes) ? login : order);
    });
}

/** Whole requests, however the reads cut them: some tools send head and body apart. */
function onRequests(socket, handle) {
  let kept = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    kept = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
    for (;;) {
      const headEnd = kept.indexOf(endOfHead);
      if (headEnd < 0) return;
      const head = kept.toString('latin1', 0, headEnd);
      const length = Number(/\r\ncontent-length:\s*(\d+)/i.exec(head)?.[1] ?? 0);
      const end = headEnd + endOfHead.length + length;
      if (kept.length < end) return;
      const request = kept.subarray(0, end);
      kept = kept.subarray(end);
      handle(request);
    }
  });
}

function known({ delayMs, stall }) {
  let durations = [];
  let stalled = stall === undefined;
  process.on('message', (question) => {
    process.send(question === 'stall' ? still : durations);
    durations = [];
  });
  /** When it stood still, in ns of the machine's monotonic clock. */
  let still;
  const standStill = ({ atMs, forMs }) => {
    stalled = true;
    setTimeout(() => {
      const from = process.hrtime();
      const untilMs = performance.now() + forMs;
      while (performance.now() < untilMs);
      still = { from, to: process.hrtime() };
    }, atMs);
  };
  return (socket) =>
    onRequests(socket, (request) => {
      if (isLogin(request)) {
        socket.write(login);
        return;
      }
      if (!stalled) standStill(stall);
      const startMs = performance.now();
      // Timers count whole milliseconds; what it took is recorded, so that is no matter.
      setTimeout(() => {
        socket.write(order);
        durations.push((performance.now() - startMs) * 1000);
      }, delayMs);
    });
}

const [kind, settings] = process.argv.slice(2);
const serve = kind === 'sink' ? sink() : known(JSON.parse(settings));
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  serve(socket);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.send(server.address().port);
});
process.on('disconnect', () => process.exit(0));
