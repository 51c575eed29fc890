// Visits the page of regauge-origin in headless Chromium, and tells what it showed and what was sent.
//
// Argument: a folder for the browser's profile. A line read is {"url", "forms"}: the page is opened in a
// context of its own and makes its calls once for each form, "binary" or "text". The line written for
// it is a list of these runs.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const RUN_MS = 20_000;

process.env.TMPDIR = process.argv[2]; // where the library makes a fresh profile
process.env.XDG_CONFIG_HOME = process.argv[2];
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  headless: true,
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

/** Records requests as the network service sees them: a page is never told of its preflights. */
async function recordTraffic(page) {
  const requests = new Map();
  const session = await page.context().newCDPSession(page);
  const known = (id) => requests.get(id) ?? requests.set(id, {}).get(id);
  session.on("Network.requestWillBeSent", ({ requestId, request }) =>
    Object.assign(known(requestId), { method: request.method, url: request.url }),
  );
  session.on("Network.responseReceived", ({ requestId, response }) =>
    Object.assign(known(requestId), { status: response.status, protocol: response.protocol }),
  );
  session.on("Network.responseReceivedExtraInfo", ({ requestId, headers }) => {
    const lowerCased = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    known(requestId).fields = Object.fromEntries(lowerCased);
  });
  session.on("Network.loadingFailed", ({ requestId, corsErrorStatus }) => {
    known(requestId).corsError = corsErrorStatus?.corsError;
  });
  await session.send("Network.enable");
  return () => {
    const sent = [...requests.values()];
    requests.clear();
    return sent;
  };
}

async function visit({ url, forms }) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  try {
    const page = await context.newPage();
    const traffic = await recordTraffic(page);
    const finished = () => /^(done|failed)/.test(document.getElementById("state").textContent);
    const runs = [];
    for (const form of forms) {
      if (runs.length === 0) {
        await page.goto(form === "text" ? `${url}&text` : url);
      } else {
        await page.setChecked("#in-text", form === "text");
        await page.click("#run");
      }
      await page.waitForFunction(finished, undefined, { timeout: RUN_MS });
      const shown = {};
      for (const id of ["state", "unary", "stream", "error"]) shown[id] = await page.textContent(`#${id}`);
      runs.push({ ...shown, traffic: traffic() });
    }
    return runs;
  } finally {
    await context.close();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await visit(JSON.parse(line))));
}
await browser.close();
