import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FetchOptions, fetchModel, ModelFetchError } from "../../model/fetch.ts";
import type { NamedModel } from "../../model/named-models.ts";
import { FileServer } from "../file-server.ts";

const digest = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

const CONTENT = { "config.json": Buffer.from('{"a":1}'), "onnx/model_quantized.onnx": randomBytes(3_000_000) };
const WEIGHTS = "onnx/model_quantized.onnx";
const TOTAL = 3_000_007;
const BASE = "/someone/something/resolve/abc123";

let temp: string;
let folder: string;
let model: NamedModel;
let server: FileServer;
let mirror: string;

beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), "fetch-"));
});
afterAll(() => rm(temp, { recursive: true }));
beforeEach(async () => {
  server = new FileServer();
  for (const [path, content] of Object.entries(CONTENT)) server.files.set(`${BASE}/${path}`, content);
  mirror = await server.listen();
  folder = await mkdtemp(join(temp, "model-"));
  model = {
    name: "mine",
    folder,
    digests: new Map(Object.entries(CONTENT).map(([path, content]) => [path, digest(content)])),
    source: {
      repository: "someone/something",
      revision: "abc123",
      files: Object.entries(CONTENT).map(([path, content]) => ({
        path,
        bytes: content.length,
        sha256: digest(content),
      })),
    },
  };
});
afterEach(() => server.close());

const fetchIt = (options: FetchOptions = {}) => fetchModel(model, { mirror, ...options });

async function problem(options: FetchOptions = {}): Promise<string> {
  const error = await fetchIt(options).then(
    () => undefined,
    (error: Error) => error,
  );
  expect(error).toBeInstanceOf(ModelFetchError);
  return (error as Error).message;
}

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

/** The files in the folder, by path. */
async function here(at = folder): Promise<string[]> {
  const entries = await readdir(at, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(at.length + 1))
    .toSorted();
}

async function expectComplete(at = folder): Promise<void> {
  expect(await here(at)).toEqual(["SHA256SUMS", "config.json", WEIGHTS]);
  for (const [path, content] of Object.entries(CONTENT)) {
    expect(digest(await readFile(join(at, path)))).toBe(digest(content));
  }
}

const ranges = (): (string | undefined)[] =>
  server.requests.filter(({ path }) => path.endsWith(WEIGHTS)).map(({ range }) => range);

/** The first request for the weights ends after this many bytes. */
function cutOnce(bytes: number, end: "hang" | "cut"): void {
  let done = false;
  server.instead = (request, response, content) => {
    if (done || request.url?.endsWith(WEIGHTS) !== true) return false;
    done = true;
    response.writeHead(200, { "Content-Length": content.length });
    response.write(content.subarray(0, bytes), () => end === "cut" && response.destroy());
    return true;
  };
}

describe("a model is fetched", () => {
  test("completely, with its digests beside it, and reports its progress", async () => {
    const progress: number[] = [];
    const done = await fetchIt({ onProgress: (bytes) => progress.push(bytes) });
    expect(done).toEqual({ folder, downloaded: ["config.json", WEIGHTS] });
    await expectComplete();
    expect(await readFile(join(folder, "SHA256SUMS"), "utf8")).toBe(
      `${digest(CONTENT["config.json"])}  config.json\n${digest(CONTENT[WEIGHTS])}  ${WEIGHTS}\n`,
    );
    expect(progress.length).toBeGreaterThan(5);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(TOTAL);
  });

  test("to another folder, from a mirror below a path", async () => {
    const to = join(folder, "some/where/else");
    for (const [path, content] of Object.entries(CONTENT)) server.files.set(`/hub${BASE}/${path}`, content);
    await fetchIt({ to, mirror: `${mirror}/hub/` });
    await expectComplete(to);
    expect(server.requests.every(({ path }) => path.startsWith(`/hub${BASE}/`))).toBe(true);
  });

  test("only if files are missing: files put there by hand are verified without a connection", async () => {
    await put("config.json", CONTENT["config.json"]);
    await put(WEIGHTS, CONTENT[WEIGHTS]);
    expect((await fetchIt()).downloaded).toEqual([]);
    await expectComplete();
    expect(server.requests).toEqual([]);
  });

  test("only once: a complete folder is not written to", async () => {
    await fetchIt();
    const sums = join(folder, "SHA256SUMS");
    await utimes(sums, 0, 0);
    await fetchIt();
    expect((await stat(sums)).mtimeMs).toBe(0);
  });

  test("again if a file has another digest, and only that file", async () => {
    await fetchIt();
    await put("config.json", "changed");
    expect((await fetchIt()).downloaded).toEqual(["config.json"]);
    await expectComplete();
  });
});

describe("an interrupted download resumes", () => {
  test("after the connection was cut", async () => {
    cutOnce(1_000_000, "cut");
    await fetchIt();
    await expectComplete();
    const [first, second] = ranges();
    expect(first).toBeUndefined();
    // Some of what was sent may have been lost with the connection.
    expect(second).toMatch(/^bytes=\d{5,7}-$/);
    expect(ranges()).toHaveLength(2);
  });

  test("after nothing arrived for too long", async () => {
    cutOnce(1_000_000, "hang");
    await fetchIt({ stallMs: 1_000 });
    await expectComplete();
    expect(ranges()[1]).toMatch(/^bytes=\d{5,7}-$/);
  });

  test("and continues while bytes arrive, however long it takes in total", async () => {
    server.instead = (request, response, content) => {
      if (!request.url?.endsWith(WEIGHTS)) return false;
      const step = content.length / 15;
      response.writeHead(200, { "Content-Length": content.length });
      const more = (from: number): void => {
        response.write(content.subarray(from, from + step));
        if (from + step < content.length) setTimeout(more, 150, from + step);
        else response.end();
      };
      more(0);
      return true;
    };
    await fetchIt({ stallMs: 1_500 });
    await expectComplete();
    expect(ranges()).toEqual([undefined]);
  });

  test("in a later process", async () => {
    await put(`${WEIGHTS}.partial`, CONTENT[WEIGHTS].subarray(0, 1_234_567));
    const progress: number[] = [];
    await fetchIt({ onProgress: (bytes) => progress.push(bytes) });
    await expectComplete();
    expect(ranges()).toEqual(["bytes=1234567-"]);
    expect(progress.find((bytes) => bytes > 7)).toBeGreaterThan(1_234_567);
  });

  test("without a request if only the rename was missing", async () => {
    await put(`${WEIGHTS}.partial`, CONTENT[WEIGHTS]);
    await fetchIt();
    await expectComplete();
    expect(ranges()).toEqual([]);
  });

  test("as often as necessary, if each attempt receives bytes", async () => {
    let times = 0;
    server.instead = (request, response, content) => {
      const from = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
      if (request.url?.endsWith(WEIGHTS) !== true || ++times > 4) return false;
      response.writeHead(from > 0 ? 206 : 200, {
        "Content-Length": content.length - from,
        ...(from > 0 && { "Content-Range": `bytes ${from}-${content.length - 1}/${content.length}` }),
      });
      response.write(content.subarray(from, from + 500_000), () => setTimeout(() => response.destroy(), 100));
      return true;
    };
    await fetchIt({ retries: 1 });
    await expectComplete();
    expect(ranges()).toHaveLength(5);
  });

  test("or restarts, if the server sends the whole file", async () => {
    await put(`${WEIGHTS}.partial`, "x".repeat(1_000));
    server.instead = (_, response, content) => {
      response.end(content);
      return true;
    };
    await fetchIt();
    await expectComplete();
  });

  test("or restarts, if the partial file belongs to another download", async () => {
    await put(`${WEIGHTS}.partial`, "x".repeat(1_000));
    await fetchIt();
    await expectComplete();
    expect(ranges()).toEqual(["bytes=1000-", undefined]);
  });
});

describe("a model is refused", () => {
  test("if a digest differs: the error shows both digests, and the file is not put in place", async () => {
    const other = randomBytes(CONTENT[WEIGHTS].length);
    server.files.set(`${BASE}/${WEIGHTS}`, other);
    const message = await problem();
    expect(message).toContain(`${mirror}${BASE}/${WEIGHTS}: refused`);
    expect(message).toContain(`SHA-256 ${digest(other)}, not ${digest(CONTENT[WEIGHTS])}`);
    expect(await here()).toEqual(["config.json"]);
    expect(ranges()).toHaveLength(1);
  });

  test("if the size differs, before anything is downloaded", async () => {
    server.files.set(`${BASE}/${WEIGHTS}`, Buffer.from("<html>please log in</html>"));
    expect(await problem()).toContain("refused: the server has 26 bytes, not 3000000");
    expect(await here()).toEqual(["config.json"]);
  });

  test("if the server sends more bytes than the file has", async () => {
    let sent = 0;
    server.instead = (request, response) => {
      if (!request.url?.endsWith(WEIGHTS)) return false;
      const more = (): void => {
        if (response.destroyed || sent > 500_000_000) return void response.end();
        sent += 1_000_000;
        response.write(Buffer.alloc(1_000_000), () => setImmediate(more));
      };
      more();
      return true;
    };
    expect(await problem()).toContain("refused: the server has more than 3000000 bytes");
    expect(sent).toBeLessThan(100_000_000);
  });
});

describe("a model cannot be fetched", () => {
  test("if its digests cannot be written", async () => {
    await mkdir(join(folder, "SHA256SUMS"));
    expect(await problem()).toContain(`${join(folder, "SHA256SUMS")} could not be written: EISDIR`);
  });

  test("if the server does not have it: that is not retried", async () => {
    server.files.clear();
    expect(await problem()).toContain("the server answered 404 Not Found");
    expect(server.requests).toHaveLength(1);
  });

  test("if the server keeps failing; a single failure is retried", async () => {
    let failures = 1;
    server.instead = (_, response) => failures-- > 0 && Boolean(response.writeHead(503).end());
    await fetchIt();
    await expectComplete();

    await put("config.json", "changed");
    failures = 100;
    expect(await problem({ retries: 2 })).toContain("the server answered 503 Service Unavailable");
    expect(failures).toBe(97);
  });

  test("without a connection: the error says where to put which files by hand", async () => {
    await put("config.json", CONTENT["config.json"]);
    await put(WEIGHTS, "not it");
    const gone = new FileServer();
    const nobody = await gone.listen();
    await gone.close();
    const message = await problem({ mirror: nobody, retries: 0 });
    expect(message).toContain("ECONNREFUSED");
    expect(message).toContain("MODEL_MIRROR");
    expect(message).toContain(`https://huggingface.co${BASE}/${WEIGHTS}\n    as ${join(folder, WEIGHTS)}`);
    expect(message).toContain(`the file there has the SHA-256 ${digest(Buffer.from("not it"))}`);
    expect(message).not.toContain(`${BASE}/config.json`);
  });
});
