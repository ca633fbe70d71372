// The reference client: uploads a file in pieces of 5 MiB and prints `<seconds> <peak KiB>`.
import fs from 'node:fs';
import * as tus from 'tus-js-client';

const path = process.env.SOURCE;
const begin = performance.now();
await new Promise((resolve, reject) => {
  const upload = new tus.Upload(fs.createReadStream(path), {
    endpoint: `${process.env.URL}/api/tus`,
    uploadSize: fs.statSync(path).size,
    chunkSize: 5 * 1024 * 1024,
    retryDelays: [0],
    onError: reject,
    onSuccess: resolve,
  });
  upload.start();
});
const seconds = (performance.now() - begin) / 1000;
const peak = /VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
console.log(`${seconds} ${peak}`);
