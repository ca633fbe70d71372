// A TUS server on loopback with the platform's two calls around it: `POST /api/file/tus` opens and completes
// uploads. Prints `listening <url>` when it is ready.
import http from 'node:http';
import { Server } from '@tus/server';
import { FileStore } from '@tus/file-store';

const directory = process.env.FOLDER;
const store = new FileStore({
  directory,
  expirationPeriodInMilliseconds: Number(process.env.EXPIRES_AFTER_MS ?? 0),
});
const tus = new Server({
  path: '/api/tus',
  datastore: store,
  maxSize: Number(process.env.MAX_SIZE ?? 4 * 1024 ** 3),
  respectForwardedHeaders: false,
});

let sessions = 0;
const open = new Map();
const server = http.createServer((request, response) => {
  if (request.method !== 'POST' || request.url !== '/api/file/tus') {
    tus.handle(request, response);
    return;
  }
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    const call = JSON.parse(body);
    let result;
    if (call.token === undefined) {
      sessions += 1;
      open.set(`session-${sessions}`, call);
      result = [{ sessionKey: `session-${sessions}` }];
    } else {
      const { name, size, target } = open.get(call.token);
      result = { id: sessions, name, size, parent_id: target };
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(result));
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  console.log(`listening http://127.0.0.1:${server.address().port}`);
});
