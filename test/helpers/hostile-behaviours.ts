import type { Socket } from 'node:net';

/** How a request ends that met a server of some behaviour: the code in the history. */
export type End = 'timeout' | 'reset' | 'bad-response' | 'ok';

/** What a server does with a request once it has read it. */
export interface Behaviour {
  /** @param answer what a server that is well would send */
  readonly act: (socket: Socket, answer: string) => void;
  readonly end: End;
}

/** The answer of a server that is well. */
export function goodAnswer(orderId = 'o-1'): string {
  const body = JSON.stringify({ orderId });
  return `HTTP/1.1 201 Created\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('{'));
}

/** Writes as long as the other side takes it: what it costs shows how much was taken. */
function flood(socket: Socket, piece: Buffer, piecesMax = Number.POSITIVE_INFINITY): void {
  let left = piecesMax;
  const more = (): void => {
    while (!socket.destroyed && left > 0) {
      left -= 1;
      if (!socket.write(piece)) return;
    }
  };
  socket.on('drain', more);
  more();
}

/** Writes a piece every few milliseconds, for ever. */
function drip(socket: Socket, pieceAt: (index: number) => string, everyMs = 5): void {
  let index = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write(pieceAt(index));
    index += 1;
  }, everyMs);
  socket.on('close', () => clearInterval(timer));
}

/** Sends `text` and, once it has left, breaks the connection off. */
function thenReset(socket: Socket, text: string): void {
  socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 10));
}

const mebibyte = Buffer.alloc(1024 * 1024, 'a');
const chunkedHead = 'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n';
const longHead = 'HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n';

/** Servers that are wrong in one way each, by what they do. */
export const behaviours: Readonly<Record<string, Behaviour>> = {
  'answers well': { act: (socket, answer) => socket.write(answer), end: 'ok' },
  'answers, and closes': {
    act: (socket, answer) => socket.end(answer.replace('\r\n', '\r\nConnection: close\r\n')),
    end: 'ok',
  },
  'answers in HTTP/1.0, the body ending with the connection': {
    act: (socket, answer) => socket.end(`HTTP/1.0 201 Created\r\n\r\n${bodyOf(answer)}`),
    end: 'ok',
  },
  'sends more than its length says': {
    act: (socket, answer) => socket.write(`${answer}${answer}`),
    end: 'ok',
  },
  'sends interim answers first': {
    act: (socket, answer) =>
      socket.write(`${'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(5)}${answer}`),
    end: 'ok',
  },

  'never answers': { act: () => undefined, end: 'timeout' },
  'sends its headers byte by byte': {
    act: (socket) => drip(socket, (index) => 'HTTP/1.1 201 Created\r\nX: '[index] ?? 'a'),
    end: 'timeout',
  },
  'sends one header after the other, slowly': {
    act: (socket) => drip(socket, (index) => (index === 0 ? 'HTTP/1.1 201 OK\r\n' : 'X: a\r\n')),
    end: 'timeout',
  },
  'drips an endless body': {
    act: (socket) => drip(socket, (index) => (index === 0 ? chunkedHead : '1\r\na\r\n')),
    end: 'timeout',
  },
  'sends less than its length says': {
    act: (socket) => socket.write(`${longHead}short`),
    end: 'timeout',
  },
  'drips interim answers': {
    act: (socket) => drip(socket, () => 'HTTP/1.1 100 Continue\r\n\r\n', 100),
    end: 'timeout',
  },

  'closes without an answer': { act: (socket) => socket.end(), end: 'reset' },
  'breaks off without an answer': { act: (socket) => socket.resetAndDestroy(), end: 'reset' },
  'closes within its head': { act: (socket) => socket.end('HTTP/1.1 201 Cr'), end: 'reset' },
  'closes after its head': { act: (socket) => socket.end(longHead), end: 'reset' },
  'closes within its body': { act: (socket) => socket.end(`${longHead}short`), end: 'reset' },
  'closes within a chunk': { act: (socket) => socket.end(`${chunkedHead}5\r\nhel`), end: 'reset' },
  'breaks off within its body': {
    act: (socket) => thenReset(socket, `${longHead}short`),
    end: 'reset',
  },
  'closes after an interim answer': {
    act: (socket) => socket.end('HTTP/1.1 100 Continue\r\n\r\n'),
    end: 'reset',
  },

  'sends garbage': { act: (socket) => socket.write(mebibyte), end: 'bad-response' },
  'speaks another protocol': {
    act: (socket) => socket.write('220 mail.test ESMTP\r\n'),
    end: 'bad-response',
  },
  'sends a head of 100 MB': {
    act: (socket) => {
      socket.write('HTTP/1.1 201 Created\r\nX: ');
      flood(socket, mebibyte, 100);
    },
    end: 'bad-response',
  },
  'announces a body of 100 GB': {
    act: (socket) => socket.write('HTTP/1.1 201 Created\r\nContent-Length: 100000000000\r\n\r\n'),
    end: 'bad-response',
  },
  'sends an endless chunked body': {
    act: (socket) => {
      socket.write(chunkedHead);
      flood(socket, Buffer.from(`10000\r\n${'a'.repeat(0x10000)}\r\n`));
    },
    end: 'bad-response',
  },
  'sends an endless body until it closes': {
    act: (socket) => {
      socket.write('HTTP/1.1 201 Created\r\n\r\n');
      flood(socket, mebibyte);
    },
    end: 'bad-response',
  },
  'floods interim answers': {
    act: (socket) => flood(socket, Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000))),
    end: 'bad-response',
  },
  'sends two lengths': {
    act: (socket, answer) => socket.write(answer.replace('\r\n', '\r\nContent-Length: 3\r\n')),
    end: 'bad-response',
  },
  'sends a length and chunks': {
    act: (socket, answer) =>
      socket.write(answer.replace('\r\n', '\r\nTransfer-Encoding: chunked\r\n')),
    end: 'bad-response',
  },
  'sends chunks that do not end where they should': {
    act: (socket) => socket.write(`${chunkedHead}3\r\nhello\r\n`),
    end: 'bad-response',
  },
  'switches to another protocol': {
    act: (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'),
    end: 'bad-response',
  },
};
