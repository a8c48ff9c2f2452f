/**
 * @typedef {object} Place one service in one environment on one target
 * @property {string} application
 * @property {string} environment
 * @property {string} target
 * @property {string} url
 */

/**
 * @typedef {Place & {
 *   health: 'ok' | 'failing' | 'unreachable',
 *   because: string,
 *   version: string | null,
 *   commit: string | null,
 *   release: string | null,
 *   builtAt: string | null,
 *   milliseconds: number | null,
 *   recent: { version: string, share: number }[],
 * }} Seen
 */

const timeoutMs = 2_000;
const longestAnswer = 65_536;
const freshMs = 500;
const remembered = 20;

/**
 * Reads `APPLICATION@ENVIRONMENT/TARGET=URL`, separated by commas or blanks. Throws an Error that quotes the
 * part that cannot be read.
 *
 * @param {string} text
 * @returns {Place[]}
 */
export function parsePlaces(text) {
  return text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map((part) => {
      const found = /^([\w.-]+)@([\w.-]+)\/([\w.-]+)=(https?:\/\/.+)$/.exec(part);
      if (!found || !URL.canParse(found[4] ?? '')) {
        throw new Error(`${part} is not APPLICATION@ENVIRONMENT/TARGET=http://…`);
      }
      const [, application = '', environment = '', target = '', url = ''] = found;
      return { application, environment, target, url: url.replace(/\/+$/, '') };
    });
}

/**
 * Asks `/meta` of every place. The addresses come from the configuration alone, and many viewers cost the
 * services no more than one: an answer is shared for half a second.
 *
 * @param {readonly Place[]} places
 */
export function createWatch(places) {
  /** @type {Map<string, string[]>} */
  const history = new Map();
  /** @type {{ at: number, answer: Promise<{ at: string, places: Seen[] }> } | null} */
  let last = null;

  /** @param {Place} place @returns {Promise<Seen>} */
  async function look(place) {
    const began = performance.now();
    const nothing = { version: null, commit: null, release: null, builtAt: null };
    try {
      const meta = await readMeta(place.url);
      const milliseconds = Math.round(performance.now() - began);
      const failing = meta.healthy === false || meta.ready === false;
      const because = failing
        ? `it says that it is not ${meta.healthy === false ? 'healthy' : 'ready'}`
        : '';
      const recent = remember(history, place.url, String(meta.version ?? 'unknown'));
      return {
        ...place,
        ...nothing,
        ...pick(meta),
        health: failing ? 'failing' : 'ok',
        because,
        milliseconds,
        recent,
      };
    } catch (error) {
      const because = error instanceof Error ? reason(error) : String(error);
      return {
        ...place,
        ...nothing,
        health: 'unreachable',
        because,
        milliseconds: null,
        recent: [],
      };
    }
  }

  return async function status() {
    const now = Date.now();
    if (!last || now - last.at >= freshMs) {
      const answer = Promise.all(places.map(look)).then((seen) => ({
        at: new Date().toISOString(),
        places: seen,
      }));
      last = { at: now, answer };
    }
    return await last.answer;
  };
}

/** @param {string} url @returns {Promise<Record<string, unknown>>} */
async function readMeta(url) {
  const answer = await fetch(`${url}/meta`, {
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
    headers: { accept: 'application/json' },
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestAnswer) throw new Error('it answers with more than 64 KiB');
  }
  if (!answer.ok) throw new Error(`it answers ${answer.status}`);
  const meta = JSON.parse(text);
  if (typeof meta !== 'object' || meta === null) throw new Error('its answer is not a JSON object');
  return meta;
}

/** @param {Record<string, unknown>} meta */
function pick(meta) {
  const text = (/** @type {unknown} */ value) =>
    typeof value === 'string' ? value.slice(0, 200) : null;
  return {
    version: text(meta.version),
    commit: text(meta.commit),
    release: text(meta.release),
    builtAt: text(meta.builtAt),
  };
}

/**
 * While a canary is under way the same address answers as several versions; their shares among the last
 * answers show it.
 *
 * @param {Map<string, string[]>} history @param {string} url @param {string} version
 */
function remember(history, url, version) {
  const seen = [...(history.get(url) ?? []), version.slice(0, 200)].slice(-remembered);
  history.set(url, seen);
  return [...new Set(seen)].sort().map((one) => ({
    version: one,
    share: seen.filter((other) => other === one).length / seen.length,
  }));
}

/** @param {Error} error */
function reason(error) {
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  if (error instanceof SyntaxError) return 'its answer is not JSON';
  const { cause } = error;
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return code === 'ECONNREFUSED' ? 'nothing listens there' : code || error.message;
}
