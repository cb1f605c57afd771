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
function sink(socket) {
  socket.on('data', (bytes) => socket.write(isLogin(bytes) ? login : order));
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
  let waiting = [];
  let stalled = stall === undefined;
  const answer = ({ socket, startMs }) => {
    socket.write(order);
    durations.push((performance.now() - startMs) * 1000);
  };
  /** Answers what is due; in the last millisecond over `setImmediate`, as timers count whole ones. */
  const turn = () => {
    const nowMs = performance.now();
    let due = 0;
    while (due < waiting.length && waiting[due].dueMs <= nowMs) {
      answer(waiting[due]);
      due += 1;
    }
    if (due > 0) waiting = waiting.slice(due);
    if (waiting.length === 0) return;
    const leftMs = waiting[0].dueMs - performance.now();
    if (leftMs > 2) setTimeout(turn, Math.floor(leftMs - 1));
    else setImmediate(turn);
  };
  process.on('message', () => {
    process.send(durations);
    durations = [];
  });
  const standStill = ({ atMs, forMs }) => {
    stalled = true;
    setTimeout(() => {
      const untilMs = performance.now() + forMs;
      while (performance.now() < untilMs);
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
      waiting.push({ socket, startMs, dueMs: startMs + delayMs });
      if (waiting.length === 1) turn();
    });
}

const [kind, settings] = process.argv.slice(2);
const serve = kind === 'sink' ? sink : known(JSON.parse(settings));
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  serve(socket);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.send(server.address().port);
});
process.on('disconnect', () => process.exit(0));
